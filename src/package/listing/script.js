// Colours in JSON, buttons that copy, and a box that filters the actions. The page can be read without them.

// A key, a text, or a number or boolean.
const TOKENS = /("(?:[^"\\]|\\.)*")(?=(:)?)|-?\d[\d.e+-]*|\b(?:true|false)\b/gi;
for (const code of document.querySelectorAll("figure code")) {
  // What `innerHTML` gives is escaped, and nothing but the spans is added to it.
  code.innerHTML = code.innerHTML.replace(TOKENS, (token, text, key) => {
    const kind = key ? "k" : text ? "s" : "n";
    return `<span class="${kind}">${token}</span>`;
  });
}

for (const figure of document.querySelectorAll("figure")) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "copy", textContent: "Copy" });
  const name = figure.querySelector("figcaption").textContent;
  button.setAttribute("aria-label", `Copy ${name}`);
  button.addEventListener("click", async () => {
    const text = figure.querySelector("code").textContent;
    const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
    button.textContent = copied ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  figure.prepend(button);
}
const box = document.getElementById("filter");
box.closest("[hidden]").hidden = false;
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const action of document.querySelectorAll(".action")) {
    const text = action.querySelector("header").textContent.toLowerCase();
    action.hidden = !words.every((word) => text.includes(word));
    document.querySelector(`nav a[href="#${action.id}"]`).parentElement.hidden = action.hidden;
    shown += !action.hidden;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".action:not([hidden])");
  document.getElementById("shown").textContent = box.value.trim() ? `${shown} found` : "";
});
