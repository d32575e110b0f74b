// Comforts only: every page works without this file. Words come from data attributes, so that they are translated.
(() => {
  "use strict";

  const button = (label, kind) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = kind;
    made.textContent = label;
    return made;
  };

  const announcer = () => {
    const made = document.createElement("span");
    made.className = "visually-hidden";
    made.setAttribute("role", "status");
    return made;
  };

  // A password can be looked at while it is typed, and is a password again when it is sent.
  for (const wrapper of document.querySelectorAll("[data-reveal]")) {
    const input = wrapper.querySelector("input");
    if (!input) continue;
    const words = wrapper.dataset;
    const toggle = button(words.show, "");
    const said = announcer();
    toggle.setAttribute("aria-controls", input.id);
    const set = (visible) => {
      input.type = visible ? "text" : "password";
      toggle.textContent = visible ? words.hide : words.show;
      toggle.setAttribute("aria-label", visible ? words.hideLong : words.showLong);
    };
    set(false);
    toggle.addEventListener("click", () => {
      const visible = input.type === "password";
      set(visible);
      said.textContent = visible ? words.shown : words.hidden;
    });
    input.form?.addEventListener("submit", () => set(false));
    window.addEventListener("pageshow", () => set(false));
    wrapper.append(toggle, said);
  }

  // [data-copy="id"] receives a button that copies the text of that element.
  for (const place of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(place.dataset.copy);
    if (!source || !navigator.clipboard) continue;
    const copy = button(place.dataset.copyLabel, "button secondary small");
    const said = announcer();
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
      } catch {
        getSelection().selectAllChildren(source);
        return;
      }
      copy.textContent = said.textContent = place.dataset.copiedLabel;
      setTimeout(() => {
        copy.textContent = place.dataset.copyLabel;
        said.textContent = "";
      }, 2500);
    });
    place.append(copy, said);
  }

  // [data-download="id"] receives a button that saves the text of that element as a file, under a line that says what it is.
  for (const place of document.querySelectorAll("[data-download]")) {
    const source = document.getElementById(place.dataset.download);
    if (!source) continue;
    const download = button(place.dataset.downloadLabel, "button secondary small");
    download.addEventListener("click", () => {
      const lines = [place.dataset.downloadHeading, "", source.textContent.trim(), ""];
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/plain" }));
      link.download = place.dataset.downloadName;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
    place.append(download);
  }

  // [data-print="Print"] receives a button that prints the page.
  for (const place of document.querySelectorAll("[data-print]")) {
    const print = button(place.dataset.print, "button secondary small");
    print.addEventListener("click", () => window.print());
    place.append(print);
  }

  document.getElementById("error-summary")?.focus();
})();
