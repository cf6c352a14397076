/// The page's one script; its hash stands in the page's security policy. It makes text of data and
/// never markup.
enum PageScript {
  static let javascript = #"""
    "use strict";
    (() => {
      const pageSize = 100;
      const byId = (id) => document.getElementById(id);
      const make = (tag, text, name) => {
        const element = document.createElement(tag);
        if (text !== undefined && text !== null) element.textContent = text;
        if (name) element.className = name;
        return element;
      };

      // Names are hostile: what could turn or hide text is spelled out.
      const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;
      const short = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };
      const spell = (one) => short[one]
        || "\\u{" + one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "}";
      const shown = (text) => String(text).replace(steering, spell);
      const lines = (text) => String(text).split("\n").map(shown).join("\n");

      const labels = {};
      for (const option of byId("state").options) if (option.value) labels[option.value] = option.text;
      const rows = JSON.parse(byId("rows").textContent);
      const server = (of) => of ? of.host + (of.port ? ":" + of.port : "") : "";
      const user = (row) => (row.from || row.to || { username: "" }).username;
      const merged = Boolean(document.querySelector("#accounts th[data-column=machine]"));
      const columns = {
        ...(merged && { machine: (row) => row.machine }),
        home: (row) => row.home || row.profile,
        client: (row) => row.client || "",
        account: (row) => user(row) || row.account || "",
        provider: (row) => row.provider || "",
        state: (row) => labels[row.state],
        reason: (row) => row.reason || "",
        from: (row) => server(row.from),
        to: (row) => server(row.to),
        time: (row) => row.time || "",
      };

      let words = null;
      const searchable = () => {
        words = words || rows.map((row) => [
          ...Object.values(columns).map((value) => value(row)), row.profile, row.account || "",
          row.change || "", row.run || "", row.text || "", ...row.warnings,
        ].map(shown).join("\n").toLowerCase());
        return words;
      };

      let order = rows.map((_, index) => index);
      let kept = order;
      let first = 0;
      let sorting = null;

      const select = () => {
        const wanted = byId("search").value.trim().toLowerCase();
        const state = byId("state").value;
        const text = wanted ? searchable() : null;
        kept = order.filter((index) =>
          (!state || rows[index].state === state) && (!text || text[index].includes(wanted)));
        first = 0;
        render();
      };

      const sort = (name) => {
        const down = sorting && sorting.name === name && !sorting.down;
        sorting = { name, down };
        const values = rows.map((row) => shown(columns[name](row)).toLowerCase());
        const compare = new Intl.Collator("en", { numeric: true }).compare;
        order = rows.map((_, index) => index);
        order.sort((a, b) => (down ? -1 : 1) * compare(values[a], values[b]) || a - b);
        for (const head of document.querySelectorAll("#accounts th[data-column]")) {
          const own = head.dataset.column === name;
          head.setAttribute("aria-sort", own ? (down ? "descending" : "ascending") : "none");
        }
        select();
      };

      const cell = (text, below, name) => {
        const element = make("td", shown(text), name);
        if (below) element.append(make("small", shown(below)));
        return element;
      };

      const tableRow = (index) => {
        const row = rows[index];
        const line = make("tr", null, "row");
        const state = make("td", null, "state");
        state.append(make("span", null, "key " + row.state), labels[row.state]);
        if (!row.seen) state.append(make("small", "by the journal"));
        const open = make("button", "Details");
        open.type = "button";
        open.setAttribute("aria-expanded", "false");
        open.setAttribute("aria-label", "Details of " + shown(columns.account(row)));
        open.addEventListener("click", () => toggle(open, line, row));
        const opener = make("td", null, "open");
        opener.append(open);
        line.append(
          opener, ...(merged ? [cell(row.machine)] : []),
          cell(columns.home(row), row.home ? row.profile : "", "wide"), cell(columns.client(row)),
          cell(columns.account(row), row.account, "wide"), cell(columns.provider(row)), state,
          cell(columns.reason(row)), cell(columns.from(row), row.from && row.from.security),
          cell(columns.to(row), row.to && row.to.security),
          cell(columns.time(row).replace("T", " ").replace("Z", ""), row.change, "time"));
        return line;
      };

      const count = (number) => number.toLocaleString("en");
      const render = (all) => {
        const body = byId("accounts").tBodies[0];
        const part = all ? kept : kept.slice(first, first + pageSize);
        body.replaceChildren(...part.map(tableRow));
        byId("shown").textContent = kept.length === 0 ? "No account matches."
          : "Accounts " + count(first + 1) + " to " + count(Math.min(first + pageSize, kept.length))
            + " of " + count(kept.length)
            + (kept.length < rows.length ? " that match, of " + count(rows.length) + " in all" : "");
        byId("before").disabled = byId("first").disabled = first === 0;
        byId("after").disabled = byId("last").disabled = first + pageSize >= kept.length;
      };

      const toggle = (open, line, row) => {
        const next = line.nextElementSibling;
        if (next && next.className === "more") {
          next.remove();
          open.setAttribute("aria-expanded", "false");
          return;
        }
        const more = make("tr", null, "more");
        const wide = make("td");
        wide.colSpan = line.cells.length;
        wide.append(facts(row));
        if (row.change) wide.append(diff(row));
        more.append(wide);
        line.after(more);
        open.setAttribute("aria-expanded", "true");
      };

      const facts = (row) => {
        const list = make("dl");
        const add = (name, text) => {
          if (text === null || text === undefined || text === "") return;
          list.append(make("dt", name), make("dd", lines(text)));
        };
        add("Reason", row.reason && row.reason + ": " + row.text);
        for (const [name, of] of [["From", row.from], ["To", row.to]]) {
          if (of) add(name, of.protocol + " " + server(of) + ", " + of.security + ", " + of.auth + ", " + of.username);
        }
        add("Warnings", row.warnings.join(", "));
        if (row.risk) {
          const rules = row.risk.rules;
          add("On the server", row.risk.on_server + (row.risk.days ? ", " + row.risk.days + " days" : ""));
          add("Rules", rules.incoming ? rules.incoming + ", " + rules.cover + "; moving: "
            + (rules.moving.join(", ") || "none") + "; deleting: " + (rules.deleting.join(", ") || "none") : "");
          if (row.risk.local.messages !== null) {
            add("Mail here", count(row.risk.local.messages) + " messages; only here: "
              + (row.risk.only_here.messages === null ? "not known"
                : count(row.risk.only_here.messages) + " (" + row.risk.only_here.state + ")"));
          }
        }
        if (row.replacement) {
          add("Settings changed", row.replacement.keys + ", of them beside the protocol "
            + row.replacement.other_keys);
        }
        add("Run", row.run);
        return list;
      };

      // Changes lie in blocks; one is parsed when something in it is asked for.
      let index = null;
      const blocks = {};
      const change = (row) => {
        const id = row.machine ? row.machine + " " + row.change : row.change;
        const place = byId("index");
        if (!place) return null;
        index = index || JSON.parse(place.textContent);
        if (!Object.hasOwn(index, id)) return null;
        const block = index[id];
        blocks[block] = blocks[block] || JSON.parse(byId("changes-" + block).textContent);
        return blocks[block].find((one) =>
          one.change === row.change && (one.machine || null) === row.machine);
      };

      const value = (edit, name) => {
        const of = edit[name];
        return of === null ? "(absent)" : shown(typeof of === "string" ? of : JSON.stringify(of));
      };

      const diff = (row) => {
        const box = make("div", null, "diff");
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", "Change " + shown(row.change));
        const found = change(row);
        if (!found) {
          box.append(make("div", "The page is not loaded to its end; close this and open it again.", "note"));
          return box;
        }
        for (const file of found.files) {
          box.append(make("div", file.action + " " + shown(file.path), "file"));
          if (file.sensitive) box.append(make("div", "holds secrets: by key only", "note"));
          for (const edit of file.edits) {
            if (edit.secret) {
              box.append(make("div", shown(edit.key) + (edit.recipe ? ": " + shown(edit.recipe) : ""), "note"));
              continue;
            }
            box.append(make("div", "- " + shown(edit.key) + ": " + value(edit, "old"), "old"));
            box.append(make("div", "+ " + shown(edit.key) + ": " + value(edit, "new"), "new"));
          }
        }
        return box;
      };

      const move = (to) => {
        const last = Math.max(0, Math.floor((kept.length - 1) / pageSize) * pageSize);
        first = Math.min(Math.max(0, to(last)), last);
        render();
      };
      for (const head of document.querySelectorAll("#accounts th[data-column]")) {
        head.firstElementChild.addEventListener("click", () => sort(head.dataset.column));
      }
      byId("search").addEventListener("input", select);
      byId("state").addEventListener("change", select);
      byId("first").addEventListener("click", () => move(() => 0));
      byId("before").addEventListener("click", () => move(() => first - pageSize));
      byId("after").addEventListener("click", () => move(() => first + pageSize));
      byId("last").addEventListener("click", () => move((last) => last));
      // On paper there are no pages to turn: every account that matches is printed.
      window.addEventListener("beforeprint", () => render(true));
      window.addEventListener("afterprint", () => render());
      render();
      document.documentElement.dataset.ready = String(Math.round(performance.now()));
    })();

    """#
}
