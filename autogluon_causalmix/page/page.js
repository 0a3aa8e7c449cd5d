
"use strict";
// The causal graph: filter by probability, find a column, show what a column hangs together with.
for (const figure of document.querySelectorAll("figure.graph")) {
  const canvas = figure.querySelector(".canvas");
  if (!canvas) continue;
  const edges = [...canvas.querySelectorAll(".edge")], nodes = [...canvas.querySelectorAll(".node")];
  const threshold = figure.querySelector(".threshold"), find = figure.querySelector(".find");
  const told = figure.querySelector(".told");
  const byName = new Map(nodes.map(node => [node.dataset.name, node]));
  let chosen = null;

  const shown = () => edges.filter(edge => !edge.classList.contains("off"));
  const say = () => {
    const limit = Number(threshold.value).toFixed(2);
    told.textContent = `${shown().length} arrows with a probability above ${limit}, or stated.`;
  };
  const look = node => {
    canvas.classList.toggle("looking", node !== null);
    for (const one of [...edges, ...nodes]) one.classList.remove("near");
    if (node === null) return say();
    const name = node.dataset.name, causes = [], effects = [];
    node.classList.add("near");
    for (const edge of shown()) {
      const {from, to, p} = edge.dataset;
      if (from !== name && to !== name) continue;
      const other = from === name ? to : from;
      (from === name ? effects : causes).push(`${other} (${Number(p).toFixed(2)})`);
      edge.classList.add("near");
      byName.get(other).classList.add("near");
    }
    told.textContent = `${name}: causes ${causes.reverse().join(", ") || "none"}; effects ${effects.reverse().join(", ") || "none"}.`;
  };
  const choose = node => {
    chosen = chosen === node ? null : node;
    look(chosen);
  };
  const filter = () => {
    const limit = Number(threshold.value), joined = new Set();
    figure.querySelector("output").textContent = limit.toFixed(2);
    for (const edge of edges) {
      const on = Number(edge.dataset.p) > limit || edge.classList.contains("stated");
      edge.classList.toggle("off", !on);
      if (on) joined.add(edge.dataset.from).add(edge.dataset.to);
    }
    for (const node of nodes) node.classList.toggle("faint", !joined.has(node.dataset.name));
    look(chosen);
  };

  for (const node of nodes) {
    node.setAttribute("tabindex", "0");
    node.addEventListener("pointerenter", () => look(node));
    node.addEventListener("pointerleave", () => look(chosen));
    node.addEventListener("focus", () => look(node));
    node.addEventListener("blur", () => look(chosen));
    node.addEventListener("click", () => choose(node));
    node.addEventListener("keydown", event => { if (event.key === "Enter") choose(node); });
  }
  threshold.addEventListener("input", filter);
  find.addEventListener("input", () => {
    const text = find.value.trim().toLowerCase();
    const found = nodes.filter(node => text && node.dataset.name.toLowerCase().includes(text));
    for (const node of nodes) node.classList.toggle("found", found.includes(node));
    if (!found.length) {
      chosen = null;
      look(null);
      if (text) told.textContent = "No such column in the graph.";
      return;
    }
    const exact = found.find(node => node.dataset.name.toLowerCase() === text);
    chosen = exact || (found.length === 1 ? found[0] : null);
    look(chosen);
    if (!chosen) told.textContent = `${found.length} columns: ${found.map(node => node.dataset.name).join(", ")}.`;
    const box = (exact || found[0]).getBoundingClientRect(), frame = canvas.getBoundingClientRect();
    canvas.scrollBy(box.left - frame.left - (frame.width - box.width) / 2,
                    box.top - frame.top - (frame.height - box.height) / 2);
  });
  figure.querySelector(".controls").hidden = false;
  filter();
}
