// Tells the browser that the page which it opened a window for is done (FedCM), by which it closes the window; without this file people do.
(() => {
  const told = document.getElementById("fedcm").dataset;
  const provider = window.IdentityProvider;
  if (provider === undefined) return;
  if (told.token === undefined) provider.close();
  else provider.resolve(told.token, { accountId: told.account }).catch(() => provider.close());
})();
