// The line about the study as a whole: places, and whether its stop rule is reached.

import { by, make, setText } from "./dom.js";

/** study: as in the wire's `system`; null: nothing is known of a study, {}: it cannot be read. */
export function showStudy(study) {
  by("study").hidden = !study;
  if (!study) return;
  setText(by("study-places"), study.completed === undefined ? "How the study stands cannot be read at the moment." : places(study));
  const cells = study.cells?.length > 1 ? study.cells : [];
  by("study-cells").replaceChildren(...cells.map(({ cell, completed, running }) => make("li", {},
    `${cell}: `, make("strong", {}, `${completed}`), ` completed, ${running} running`)));
  setText(by("study-stop"), study.stop && !study.stop_reached ? notReached(study.stop) : "");
  setText(by("study-reached"), study.stop_reached ? reached(study.stop) : "");
}

function places({ completed, running, planned, full }) {
  const of = planned === null ? "" : ` of ${planned} planned`;
  const closed = full ? " All places are taken: newcomers are told so." : "";
  return `Study: ${completed}${of} completed, ${running} running.${closed}`;
}

function rule({ fall, least }) {
  return `by more than ${fall} on average after interventions, from ${least} answers on`;
}

function notReached(stop) {
  const so_far = stop.mean === null ? "no trust answer after an intervention yet" : `change so far ${stop.mean.toFixed(2)} in ${answers(stop)}`;
  return `Stop rule not reached (trust falls ${rule(stop)}): ${so_far}.`;
}

/** stop is not sent to who is blinded. */
function reached(stop) {
  const how = stop ? `: trust changed by ${stop.mean.toFixed(2)} in ${answers(stop)} (the rule: it falls ${rule(stop)})` : "";
  return `Stop rule reached${how}. Look at the study before it goes on.`;
}

function answers({ n, people }) {
  return `${n} ${n === 1 ? "answer" : "answers"} of ${people} ${people === 1 ? "person" : "people"}`;
}
