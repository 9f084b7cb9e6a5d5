// The admin in the colours that the person chose in the product (cookie `theme`); a plain script, so that nothing flashes.
"use strict";
{
  const theme = document.cookie.match(/(?:^|; )theme=(light|dark)(?:;|$)/);
  if (theme) document.documentElement.dataset.theme = theme[1];
}
