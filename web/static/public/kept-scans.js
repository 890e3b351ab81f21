// Scans that wait on this tablet: {made, link, sealed}. `sealed` is all that says whom they are of; see residents/sealing.js.

import { storeOf } from "../residents/store.js";

const inStore = storeOf("control-point", "scans", "made");

export const keep = (record) => inStore("readwrite", (store) => store.put(record));
export const forget = (made) => inStore("readwrite", (store) => store.delete(made));
export const waiting = () => inStore("readonly", (store) => store.getAll());
export const howMany = () => inStore("readonly", (store) => store.count());
