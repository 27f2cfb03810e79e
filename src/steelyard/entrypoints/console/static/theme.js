// Before anything is painted: the theme that this browser chose, and the fact that scripts run.
(function () {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const chosen = localStorage.getItem("steelyard-theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Storage is off; the system's theme applies.
  }
})();
