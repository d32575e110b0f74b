// Sends the answer to an app at once (OAuth 2.0 Form Post Response Mode); without this file the page's button does.
// Plain enough for every engine: the certification suite's browser knows no modern syntax.
document.querySelector("form[data-submit-at-once]").submit();
