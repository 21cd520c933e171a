// The page's own words, by language; a language that is missing falls back to English.

const en = {
  connectionLost: "Connection lost, trying again. Nothing you did is lost.",
  connectionFault: "The tutor cannot be reached. Trying again.",
  unknownTitle: "This link is not known",
  unknownText: "No session belongs to this link.",
  unknownRemedy: "Check that the link is complete, or ask the person who gave it to you for a new one.",
  inUseTitle: "Your session is open in another tab",
  inUseText: "To keep everything you do in one place, a session runs in one tab only. The first one goes on as it was.",
  inUseRemedy: "Please go back to that tab or device. If you have closed it, try again here.",
  participationNeeded: "Please tick this box to take part, or choose “I do not want to take part”.",
  cameraNote: "This is your choice and changes nothing else. The picture is looked at and forgotten at once; nothing is recorded. You can switch it off at any time.",
  baselineTitle: "First, a short text to read",
  baselineCamera: "Please read calmly. Meanwhile the tutor gets used to how you look when nothing special happens.",
  baselineNoCamera: "Please read calmly, then continue.",
  baselineAsking: "Waiting for the camera: your browser asks for permission.",
  baselineLeft: (s) => `Goes on by itself in ${s} seconds.`,
  baselineOwnPace: "Take the time you need.",
  board: (n, of) => `Board ${n} of ${of}`,
  tray: "Cards to sort",
  putHere: "Put here",
  putBack: "Take back",
  howDrag: "Drag a card into a box, or choose a card and then a box. ",
  howTap: "Choose a card, then a box. ",
  howKeys: "With the keyboard: arrow left and right (or L and R) move the card you are on, arrow down takes it back.",
  given: "given as an example",
  notSorted: "not sorted yet",
  inBox: (label) => `in ${label.charAt(0).toLowerCase()}${label.slice(1)}`,
  marks: {
    point: "look at this card",
    contrast: "compare this card",
    filled: "placed by the tutor",
    right: "correct",
    wrong: "not correct yet",
  },
  finished: (n) => `Board ${n} is finished`,
  done: { right: "correct", wrong: "moved here", given: "given" },
  hint: (step) => `Hint ${step}:`,
  tutorReady: "Here when you need help",
  tutorAway: "The tutor cannot talk right now. You can go on with the cards.",
  tutor: "Tutor",
  you: "You",
  sending: "Sending: ",
  tooLong: (n, most) => `${n} of ${most} characters: please shorten it.`,
  counted: (n, most) => `${n} of ${most} characters`,
  tooLongAlert: (n, most) => `Your message has ${n} characters; the tutor reads at most ${most}.`,
  tooLongRemedy: "It is still in the box: shorten it and send it again.",
  camera: {
    on: "Camera on",
    off: "Camera off",
    refused: "Camera not used",
    denied: "Camera blocked by the browser",
    lost: "Camera lost",
    absent: "No camera found",
    paused: "Break: camera off",
  },
  breakNoCamera: "Break",
  breakNote: (camera) => `Break: ${camera ? "the camera is off, " : ""}the tutor stays quiet, and the time does not count.`,
  microphone: "microphone on",
  pause: "Take a break",
  resume: "Go on",
  rateAll: "Please choose a number for both questions.",
  rateOrPass: "Please choose a number or Pass for each question.",
  pass: "Pass",
  ratedOf: (value, low, high) => (value === 1 ? `1, ${low}` : value === 5 ? `5, ${high}` : `${value}`),
  ended: "Thank you",
  refused: "Thank you for your time",
  close: "Close this message",
  allSorted: "All cards are in a box.",
};

const all = { en };
let words = en;

/** Choose the language of the page; "de-AT" falls back to "de", then to English. */
export function speak(language) {
  words = all[language] ?? all[language.split("-")[0]] ?? en;
}

/** The words in force. */
export function say() {
  return words;
}
