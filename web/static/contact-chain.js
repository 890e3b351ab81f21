// Arrow keys lead from person to person of a drawn chain: right to who followed, left to the source, up and down by rows. Without this
// script each person is a link that Tab reaches.
"use strict";
(() => {
  const chain = document.getElementById("chain");
  if (!chain) return;
  const nodes = [...chain.querySelectorAll(".node")];
  if (!nodes.length) return;
  const named = new Map(nodes.map((node) => [node.dataset.key, node]));

  // One stop for Tab, however many people are drawn.
  function leave(only) {
    for (const node of nodes) node.setAttribute("tabindex", node === only ? "0" : "-1");
  }

  function go(to) {
    if (!to) return;
    leave(to);
    to.focus();
    to.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function other(node, key) {
    const place = nodes.indexOf(node);
    switch (key) {
      case "ArrowRight": return nodes.find((each) => each.dataset.parent === node.dataset.key);
      case "ArrowLeft": return named.get(node.dataset.parent);
      case "ArrowDown": return nodes[place + 1];
      case "ArrowUp": return nodes[place - 1];
      case "Home": return nodes[0];
      case "End": return nodes[nodes.length - 1];
      default: return undefined;
    }
  }

  leave(nodes[0]);
  chain.addEventListener("focusin", (event) => {
    const node = event.target.closest(".node");
    if (node) leave(node);
  });
  chain.addEventListener("keydown", (event) => {
    const node = event.target.closest(".node");
    if (!node || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (!["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    go(other(node, event.key));
  });
})();
