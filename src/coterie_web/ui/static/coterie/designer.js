// The designer, made quicker: everything it does, its form does too.
(() => {
  "use strict";
  const form = document.getElementById("designer");
  if (!form) return;
  const inputs = "input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select, textarea";

  // Presses one of the form's buttons that need not be there: the operation is its value.
  const operate = (operation) => {
    const button = document.createElement("button");
    button.name = "do";
    button.value = operation;
    button.hidden = true;
    form.append(button);
    form.requestSubmit(button);
    button.remove();
  };

  // A button is meant only where it was pressed: what one types afterwards is no second press.
  form.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== form) return;
    const pressed = event.detail.triggeringEvent.submitter;
    delete event.detail.parameters.do;
    if (pressed && pressed.name === "do") event.detail.parameters.do = pressed.value;
  });

  // --- typing while an answer is under way: what was typed since is put into the new page, and posted again

  const sent = new Map();
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form) return;
    sent.clear();
    for (const input of form.querySelectorAll(inputs)) sent.set(input.id, input.value);
  });
  const typed = new Map();
  let selected = null;
  form.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig.elt !== form) return;
    const active = document.activeElement;
    selected = form.contains(active) && active.type === "text" ? [active.id, active.selectionStart, active.selectionEnd] : null;
    for (const input of form.querySelectorAll(inputs)) {
      if (input.id && sent.has(input.id) && sent.get(input.id) !== input.value) typed.set(input.id, input.value);
    }
  });
  // Put back after every part that is swapped: a change that waits its turn is posted with what the inputs hold then.
  const putBack = () => {
    for (const [id, value] of typed) {
      const input = document.getElementById(id);
      if (input && input.value !== value) input.value = value;
    }
    // htmx keeps a selection only where it does not begin at the first letter.
    const active = document.activeElement;
    if (selected && active.id === selected[0]) active.setSelectionRange(selected[1], selected[2]);
  };
  for (const swapped of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.body.addEventListener(swapped, putBack);
  form.addEventListener("htmx:afterSettle", () => {
    selected = null;
    if (!typed.size) return;
    putBack();
    const last = document.getElementById([...typed.keys()].pop());
    typed.clear();
    if (last) last.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // What an outdated count answers is passed over: its place on the page is taken by another. The server gives it up.
  document.body.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target.id === "counting") event.target.addEventListener("htmx:beforeOnLoad", (late) => late.preventDefault());
  });

  // --- what was added gets the focus; what is wrong is said to be so

  let known = new Set();
  const parts = () => new Set([...form.querySelectorAll("[data-part]")].map((part) => part.dataset.part));
  form.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt === form) known = parts(); });
  const markProblems = () => {
    for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    for (const problem of form.querySelectorAll(".problem[data-input]")) {
      const input = document.getElementById(`f-${problem.dataset.input.replaceAll(".", "-")}`);
      if (!input) continue;
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", problem.parentElement.id);
    }
  };
  const lookAgain = () => {
    markProblems();
    countTicks();
    const added = [...form.querySelectorAll("[data-part]")].find((part) => !known.has(part.dataset.part));
    if (known.size && added) added.querySelector(".cond-fields select, header select, .cond-fields input")?.focus();
    known = parts();
  };
  let waiting = 0; // an answer settles in dozens of places: one look is enough
  form.addEventListener("htmx:afterSettle", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(lookAgain);
  });

  // --- ticks: the buttons say how many they are about

  const countTicks = () => {
    const ticked = form.querySelectorAll("[name=tick]:checked").length;
    for (const button of form.querySelectorAll("[data-ticked]")) {
      button.disabled = ticked === 0;
      const words = button.querySelector("span") || button;
      words.textContent = ticked ? button.dataset.ticked.replace("{}", ticked) : button.dataset.ticked.replace("{} ", "");
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target.name !== "tick") return;
    event.stopImmediatePropagation(); // a tick is no edit
    countTicks();
  }, true);

  // --- the menu of a row is one menu for all of them

  form.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-menu]");
    if (!opener) return;
    for (const item of document.querySelectorAll("#row-menu [data-do]")) item.value = `${item.dataset.do}:${opener.dataset.menu}`;
  }, true);

  // --- keys

  form.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const part = event.target.closest("[data-part]");
    if (!part) return;
    event.preventDefault();
    operate(`${event.key === "ArrowUp" ? "up" : "down"}:${part.dataset.part}`);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const button = document.getElementById(key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "");
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  });

  // --- drag on the empty ground of a row or of a block's head

  const ground = ".cond, .group-head, .block > header, .cond-fields, .cond-note";
  let drag = null;
  form.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || !event.target.matches(ground)) return;
    const part = event.target.closest("[data-kind]");
    if (part) drag = { part, x: event.clientX, y: event.clientY, target: null, side: null };
  });
  const dropAt = (event) => {
    const over = document.elementFromPoint(event.clientX, event.clientY);
    const target = over && over.closest(`[data-kind="${drag.part.dataset.kind}"]`);
    if (!target || drag.part.contains(target) || !form.contains(target)) return [null, null];
    const box = target.getBoundingClientRect();
    return [target, event.clientY < box.top + box.height / 2 ? "before" : "after"];
  };
  const unmark = () => {
    for (const each of form.querySelectorAll("[data-drop]")) delete each.dataset.drop;
  };
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.part.dataset.dragged && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
    event.preventDefault();
    drag.part.dataset.dragged = "yes";
    unmark();
    [drag.target, drag.side] = dropAt(event);
    if (drag.target) drag.target.dataset.drop = drag.side;
  });
  const drop = (event) => {
    if (!drag) return;
    const { part, target, side } = drag;
    const isDone = event.type === "pointerup" && part.dataset.dragged && target;
    delete part.dataset.dragged;
    unmark();
    drag = null;
    if (isDone) operate(`move:${part.dataset.part}:${side}:${target.dataset.part}`);
  };
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") drop(event); });

  markProblems();
  countTicks();
})();
