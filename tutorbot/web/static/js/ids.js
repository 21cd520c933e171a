// A name of its own for each action, so that the server does one that is sent twice only once.

// crypto.randomUUID is missing where the page is not a secure context (plain http in a lab network).
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
