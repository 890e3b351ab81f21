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
      const typing = document.getElementById("text");
      const typed = typing && { words: typing.value, here: typing === document.activeElement, at: typing.selectionStart };
      content.replaceChildren(...page.getElementById("content").childNodes);
      if (focused) [...content.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
      // What somebody is about to write stays, and the cursor where it is.
      const field = document.getElementById("text");
      if (field && typed) {
        field.value = typed.words;
        if (typed.here) {
          field.focus();
          field.setSelectionRange(typed.at, typed.at);
        }
      }
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
