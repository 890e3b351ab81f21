// An SMPP gateway of the npm package `smpp`, which this project did not write, with a telephone network of a few lines behind it.
//
// node smpp_server.js MODULES JOURNAL: says its port on the first line, then writes one JSON line into JOURNAL for each part it
// took. What a number ends in decides: 99 is refused for good, 98 is throttled once, 97 is never answered, 96 breaks the line after
// it was taken, 95 fails to be delivered; all others are delivered. 94 gets
// its receipt before the answer. With `plain` behind, all are delivered. Each receipt that was answered is a line too.
const fs = require("fs");
const path = require("path");
const smpp = require(path.join(process.argv[2], "smpp"));
const journal = fs.openSync(process.argv[3], "a");
const throttled = new Set();
let number = 0;
// What people write: JSON in the fifth argument, a list of PDUs whose `hex` is the content and whose `udh` its header, in hexadecimal
// digits; without `hex`, the package chooses the alphabet. One that was not answered with OK is handed over again after the next bind.
const written = process.argv[4] === "inbound" && process.argv[5] ? JSON.parse(process.argv[5]) : [];
const answered = new Set();
// With `dialect` as the fourth argument, the fifth says how receipts are written: hex (the answer names the message in hexadecimal
// digits, the receipt in decimal ones, ten places wide), lower (other letters), esm_class, payload, ucs2, stat, tlv (beside the text), bare
// (no text at all), swap (from our number to theirs).
const dialect = process.argv[4] === "dialect" ? JSON.parse(process.argv[5]) : null;

function told(id, pdu) {
  const decimal = dialect.hex ? String(id).padStart(10, "0") : dialect.lower ? name(id).toLowerCase() : name(id);
  const excerpt = dialect.ucs2 ? "Điểm danh: nhắn 1" : "Diem danh: nhan id:1 s";
  const stat = dialect.stat || "DELIVRD";
  const text = `id:${decimal} sub:001 dlvrd:001 submit date:2611231000 done date:2611231001 stat:${stat} err:000 text:${excerpt}`;
  const receipt = { source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: dialect.esm_class ?? 4 };
  if (dialect.swap) Object.assign(receipt, { source_addr: pdu.source_addr, destination_addr: pdu.destination_addr });
  if (dialect.tlv) Object.assign(receipt, { receipted_message_id: decimal, message_state: dialect.tlv });
  if (dialect.payload) return { ...receipt, short_message: "", message_payload: text };
  return { ...receipt, short_message: dialect.bare ? "" : text };
}

function name(id) {
  return dialect && (dialect.hex || dialect.lower) ? id.toString(16).toUpperCase() : "m" + id;
}

function write(session) {
  written.forEach(({ hex, udh, payload, cut, ...pdu }, index) => {
    if (answered.has(index)) return;
    const message = hex === undefined ? pdu.short_message : Buffer.from(hex, "hex");
    pdu.short_message = udh ? { udh: Buffer.from(udh, "hex"), message } : message;
    if (udh) pdu.esm_class = 0x40;
    if (payload) Object.assign(pdu, { message_payload: pdu.short_message, short_message: "" });
    session.deliver_sm({ destination_addr: "1022", ...pdu }, (answer) => {
      if (cut && !written[index].told) {
        // The answer is lost on its way.
        written[index].told = true;
        return session.destroy();
      }
      if (answer.command_status === 0) answered.add(index);
      fs.writeSync(journal, JSON.stringify({ inbound: answer.command_status, index }) + "\n");
    });
  });
}

const server = smpp.createServer((session) => {
  session.on("error", () => session.destroy());
  session.on("bind_transceiver", (pdu) => {
    const known = pdu.system_id === "quarantine" && pdu.password === "p@ss";
    session.send(pdu.response({ command_status: known ? smpp.ESME_ROK : smpp.ESME_RINVPASWD }));
    if (!known) session.close();
    else if (process.argv[4] === "inbound") write(session);
  });
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("submit_sm", (pdu) => {
    const to = pdu.destination_addr;
    const ends = process.argv[4] === "plain" || (dialect && !dialect.early) ? "" : to.slice(-2);
    if (ends === "99") return session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
    if (ends === "98" && !throttled.has(to)) {
      throttled.add(to);
      return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    }
    const counted = ++number + (dialect ? 870928760 : 0);
    const id = dialect ? name(counted) : "m" + counted;
    const udh = pdu.short_message.udh ? [...pdu.short_message.udh[0]].slice(-3) : null;
    fs.writeSync(journal, JSON.stringify({ id, to, text: pdu.short_message.message, coding: pdu.data_coding, udh }) + "\n");
    if (ends === "97") return;
    if (ends === "96") return session.destroy();
    const receipt = () => {
      if (!pdu.registered_delivery) return;
      if (dialect) {
        session.deliver_sm(told(counted, pdu), () => fs.writeSync(journal, JSON.stringify({ receipt: id }) + "\n"));
        return;
      }
      const stat = ends === "95" ? "UNDELIV err:011" : "DELIVRD err:000";
      session.deliver_sm({
        source_addr: to,
        destination_addr: pdu.source_addr,
        esm_class: 4,
        short_message: `id:${id} sub:001 dlvrd:001 submit date:2107010800 done date:2107010801 stat:${stat} text:...`,
      }, () => fs.writeSync(journal, JSON.stringify({ receipt: id }) + "\n"));
    };
    if (ends === "94") receipt();
    session.send(pdu.response({ message_id: id }));
    if (ends !== "94") receipt();
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.on("disconnect", () => process.exit());
process.stdin.resume();
process.stdin.on("end", () => process.exit());
