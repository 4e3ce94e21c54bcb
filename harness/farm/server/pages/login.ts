import { htmlDocument } from '../../../report/html/document.js';
import { template } from '../../../report/html/template.js';

const body = template<{ problem: string }>(`<section id="sign-in"><h2>Sign in</h2>
<% if (it.problem !== '') { %><p class="warn" role="alert"><%= it.problem %></p><% } %>
<form method="post" action="/login"><p><label for="token">Token</label><br><input id="token" name="token" type="password" autocomplete="current-password" required size="60"></p>
<p><button type="submit">Sign in</button></p></form>
<p class="note">An operator makes tokens with <code>littlefirst farm token</code>.</p></section>`);

export const loginPage = (problem = ''): string =>
  htmlDocument({
    title: 'littlefirst farm: sign in',
    header: '<header><p class="brand">littlefirst farm</p><h1>Sign in</h1></header>',
    body: body({ problem }),
  });
