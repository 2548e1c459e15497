// The search field of the top bar: Ctrl K or ⌘ K goes there, arrows go through what is found, Escape closes it.
// Without a script the field is a form that leads to the page of what is found.
(() => {
  const field = document.getElementById("quick-search");
  const found = document.getElementById("quick-found");
  if (!field || !found) return;

  const links = () => [...found.querySelectorAll("a")];
  const close = () => { found.hidden = true; };
  const open = () => { found.hidden = found.innerHTML.trim() === ""; };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });

  const search = field.closest("search");
  search.addEventListener("keydown", (event) => {
    const at = links().indexOf(document.activeElement);
    if (event.key === "ArrowDown" && !found.hidden) {
      event.preventDefault();
      links()[Math.min(at + 1, links().length - 1)]?.focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (at === 0 ? field : links()[at - 1]).focus();
    } else if (event.key === "Escape" && !found.hidden) {
      event.preventDefault();
      close();
      field.focus();
    }
  });
  search.addEventListener("focusout", (event) => { if (!search.contains(event.relatedTarget)) close(); });
  field.addEventListener("focus", open);
  found.addEventListener("htmx:afterSwap", open);
})();
