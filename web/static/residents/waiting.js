// Answers that wait on this phone, each with the path of its link as key: {path, action, stamp, takenAt, sealed}.
// `sealed` is all that says anything of the resident; see sealing.js.

import { storeOf } from "./store.js";

const KEPT_PAGE = "answer-page"; // worker.js keeps the page that is to be answered in this cache
const inStore = storeOf("answers", "waiting", "path");

export const keep = (record) => inStore("readwrite", (store) => store.put(record));
export const waiting = () => inStore("readonly", (store) => store.getAll());
export const waitingOf = (path) => inStore("readonly", (store) => store.get(path));

// The server has it, or will never take it: then the page it was made on is not needed any more either.
export async function forget(path) {
  await inStore("readwrite", (store) => store.delete(path));
  await self.caches?.open(KEPT_PAGE).then((pages) => pages.delete(path));
}

export { KEPT_PAGE };
