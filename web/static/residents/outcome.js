// Asks what became of the answer until a verdict is there, and says it.

const EVERY = 2000;
const SLOWLY = 10000;
const PATIENCE = 120000; // after this long a verdict is not about to come; ask less often
const place = document.getElementById("outcome");
const began = Date.now();

async function ask() {
  try {
    const answer = await fetch(place.dataset.address, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok) return show(await answer.json());
    // The round was closed over it: the page says so in words.
    if (answer.status === 410) return location.reload();
  } catch {
    // No connection just now; the next try comes by itself.
  }
  again();
}

function again() {
  setTimeout(() => (document.hidden ? again() : ask()), Date.now() - began < PATIENCE ? EVERY : SLOWLY);
}

function show(news) {
  if (news.state !== place.dataset.state) {
    place.dataset.state = news.state;
    place.dataset.final = news.final ? "yes" : "no";
    place.className = `outcome ${news.tone}`;
    place.querySelector("h1").textContent = news.title;
    place.querySelector("ul").replaceChildren(
      ...news.words.map((words) => Object.assign(document.createElement("li"), { textContent: words })),
    );
    document.title = document.title.replace(/^.* · /, `${news.title} · `);
  }
  if (!news.final) again();
}

again();
