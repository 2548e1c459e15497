// The ticks of a table: how many there are, and one for all. Without this they work one by one.
"use strict";

const rowsOf = (form) => [...form.querySelectorAll("tbody .tick input:not(:disabled)")];

function tell(form) {
  const rows = rowsOf(form), ticked = rows.filter((row) => row.checked).length;
  form.querySelector("[data-ticked]").textContent = `${ticked} ticked`;
  const all = form.querySelector("[data-tick-all] input");
  all.checked = ticked > 0 && ticked === rows.length;
  all.indeterminate = ticked > 0 && ticked < rows.length;
}

function prepare() {
  for (const form of document.querySelectorAll("form[data-ticks]")) {
    form.querySelector("[data-tick-all]").hidden = false;
    tell(form);
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-ticks]");
  if (!form) return;
  if (event.target.closest("[data-tick-all]")) for (const row of rowsOf(form)) row.checked = event.target.checked;
  tell(form);
});
document.addEventListener("reset", (event) => {
  const form = event.target.closest("form[data-ticks]");
  if (form) setTimeout(() => tell(form));
});
document.addEventListener("htmx:afterSettle", prepare);
prepare();
