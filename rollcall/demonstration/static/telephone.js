// Shows new messages by themselves: asks for the number of messages, and takes the page's content anew when it has grown.

const EVERY = 1500;
const content = document.getElementById("content");
let version = document.body.dataset.version;

async function look() {
  try {
    const newest = String((await (await fetch("/api/version")).json()).version);
    if (newest !== version) {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const focused = document.activeElement?.getAttribute("href");
      content.replaceChildren(...page.getElementById("content").childNodes);
      if (focused) [...content.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
      version = page.body.dataset.version;
      const news = document.getElementById("news");
      news.textContent = news.dataset.words;
      setTimeout(() => (news.textContent = ""), 1000);
    }
  } catch {
    // The telephone is being started again; the next look comes by itself.
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
