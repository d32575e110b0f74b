// Sends the answer to an app at once (OAuth 2.0 Form Post Response Mode); without this file the page's button does.
(() => {
  "use strict";
  const form = document.querySelector("form[data-submit-at-once]");
  if (form) form.submit();
})();
