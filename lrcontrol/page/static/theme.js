// Light, dark, or as the system has it: before the first paint, so that nothing flashes.
"use strict";
{
  const THEMES = ["auto", "light", "dark"];
  const root = document.documentElement;
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { /* storage is forbidden: auto it is */ }
  root.dataset.theme = THEMES.includes(kept) ? kept : "auto";
  addEventListener("DOMContentLoaded", () => {
    const name = document.getElementById("theme-name");
    const tell = () => {
      name.textContent = root.dataset.theme;
      dispatchEvent(new Event("theme"));
    };
    document.getElementById("theme").addEventListener("click", () => {
      root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* not kept, then */ }
      tell();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
    tell();
  });
}
