"""A person at a browser, without the browser: opens pages, reads them, fills in their forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from ssohelper.simulator.server import Simulator
from tests.simulator.wire import Reply, ask


@dataclass
class Form:
    """A form: where it goes, what it says by itself, and between what a person may choose."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page as a browser sees it: its elements, its text, and its form if it has one."""

    def __init__(self, simulator: Simulator, reply: Reply) -> None:
        super().__init__(convert_charrefs=True)
        self.simulator = simulator
        self.reply = reply
        self.elements: list[str] = []
        self.text: list[str] = []
        self.forms: list[Form] = []
        self.feed(reply.body.decode())
        self.close()

    @property
    def form(self) -> Form:
        """The page's only form."""
        (form,) = self.forms
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append(tag)
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["method"].upper(), given["action"]))
        elif tag == "input":
            self.form.fields[given["name"]] = given.get("value", "")
        elif tag == "button" and "name" in given:
            self.form.buttons.append((given["name"], given["value"]))

    def handle_data(self, data: str) -> None:
        """Text, decoded as a browser would."""
        if self.elements[-1:] == ["option"]:
            self.form.options.append(data)
        self.text.append(data)

    def submit(self, **typed: str) -> "Page":
        """The page that follows when the form is sent with these fields filled in."""
        return Page(self.simulator, self.send(**typed))

    def send(self, **typed: str) -> Reply:
        """The reply when the form is sent with these fields filled in."""
        fields = urlencode(self.form.fields | typed)
        if self.form.method == "GET":
            return ask(self.simulator, "GET", f"{self.form.action}?{fields}")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return ask(self.simulator, "POST", self.form.action, fields.encode(), headers)


def visit(simulator: Simulator, target: str) -> Page:
    """The page at a path and query."""
    return Page(simulator, ask(simulator, "GET", target))
