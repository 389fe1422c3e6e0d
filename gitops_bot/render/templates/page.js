
"use strict";
(() => {
  const all = (query, within) => Array.from((within || document).querySelectorAll(query));
  const tools = document.getElementById("tools");
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      at.hidden = false;
      if (at.tagName === "DETAILS") at.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (!tools) return;

  const query = document.getElementById("query");
  const found = document.getElementById("found");
  const chips = all("[data-chip]", tools);
  const rows = all("[data-kind]");
  const others = all("[data-text]");
  const groups = all(".group, .changes").reverse().map((element) => ({
    element, rows: all("[data-kind], [data-text]", element), open: element.open,
  })).filter((group) => group.rows.length);
  const total = rows.reduce((sum, row) => sum + Number(row.dataset.count), 0);
  const texts = new Map();
  let filtered = false;

  const text = (element) => {
    if (!texts.has(element)) texts.set(element, element.textContent.toLowerCase());
    return texts.get(element);
  };
  const hide = (element, hidden) => { if (element.hidden !== hidden) element.hidden = hidden; };

  const filter = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = new Set(chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.chip));
    const fits = (element) => words.every((word) => text(element).includes(word));
    let shown = 0;
    for (const row of rows) {
      const fit = (!kinds.size || kinds.has(row.dataset.kind)) && fits(row);
      hide(row, !fit);
      if (fit) shown += Number(row.dataset.count);
    }
    for (const other of others) hide(other, !fits(other));
    const now = words.length + kinds.size > 0;
    for (const group of groups) {
      if (now && !filtered) group.open = group.element.open;
      hide(group.element, group.rows.every((row) => row.hidden));
      if ("open" in group.element) group.element.open = now || group.open;
    }
    filtered = now;
    found.textContent = now ? `${shown} of ${total} changes` : "";
  };

  let waiting = 0;
  query.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 60);
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  const open = (opened) => () => {
    for (const { element } of groups) if ("open" in element) element.open = opened;
    for (const row of rows) if (!row.hidden) row.open = opened;
  };
  document.getElementById("expand").addEventListener("click", open(true));
  document.getElementById("collapse").addEventListener("click", open(false));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== query && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      query.focus();
    } else if (event.key === "Escape" && document.activeElement === query) {
      query.value = "";
      filter();
    }
  });
  tools.hidden = false;
  reveal();
})();
