// A button that copies what stands in a field: `<input data-copy>`. Without a script people copy by hand.
for (const field of document.querySelectorAll("input[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  });
  const row = document.createElement("span");
  row.className = "copying";
  field.replaceWith(row);
  row.append(field, button);
}
