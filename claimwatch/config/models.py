"""The shape of every file of the user's: what keys there are, what they hold, what is the default.

The descriptions are the documentation (see `claimwatch.config.reference`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from claimwatch.config.fields import (
    ChannelName,
    Contact,
    Country,
    DatabaseUrl,
    Days,
    Direct,
    Duration,
    Endpoint,
    FilePath,
    HeaderName,
    Host,
    Language,
    MailAddress,
    Port,
    PositiveDuration,
    ProxyUrl,
    QueryLanguage,
    Score,
    SecretRef,
    Slug,
    Text,
    Url,
    UserAgent,
    WholeDays,
    refuse,
)

Severity = Literal["low", "medium", "high"]


class Shape(BaseModel):
    """Strict: nothing is converted, nothing unknown is let through, nothing is shown in errors."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


class DatabaseShape(Shape):
    """The section ``database``."""

    url: DatabaseUrl = Field(
        default="sqlite:///var/claimwatch.db",
        description="Where everything is kept. `CLAIMWATCH_DATABASE_URL` overrides it.",
    )


class AllowPrivateShape(Shape):
    """The section ``network.allow_private``."""

    crawl: list[Endpoint] = Field(default=[], description="Outlets inside your own network.")
    webhook: list[Endpoint] = Field(default=[], description="Webhook receivers inside your own network.")
    smtp: list[Endpoint] = Field(default=[], description="Mail servers inside your own network.")


class NetworkShape(Shape):
    """The section ``network``."""

    user_agent: UserAgent | None = Field(
        default=None, description="What outlets see; by default `claimwatch/VERSION (+CONTACT)`."
    )
    contact: Contact | None = Field(default=None, description="Where outlets can reach you.")
    proxy: ProxyUrl | None = Field(
        default=None,
        description="The HTTP proxy for outlets and webhooks; with a password only as a secret. Mail has none.",
    )
    no_proxy: list[Direct] = Field(
        default=[], description="Hosts that are reached without the proxy, each with `:port` or without; `*` is all."
    )
    ca_file: FilePath | None = Field(
        default=None,
        description="PEM file of authorities to trust beside the system's, for outlets, webhooks and mail.",
    )
    allow_private: AllowPrivateShape = Field(
        default=AllowPrivateShape(), description="Addresses that are not public and may be connected to all the same."
    )


class ConsoleShape(Shape):
    """A channel of kind ``console``."""

    kind: Literal["console"] = Field(description="Prints alerts where the daemon runs.")


class EmailShape(Shape):
    """A channel of kind ``email``."""

    kind: Literal["email"] = Field(description="Sends mail, one message a recipient.")
    host: Host = Field(description="The SMTP server.")
    port: Port | None = Field(default=None, description="By default 587 for starttls, 465 for tls, 25 for none.")
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="Protection of the connection; without it nothing is sent."
    )
    ca_file: FilePath | None = Field(default=None, description="PEM file of authorities to trust beside the system's.")
    username: Text | None = Field(default=None, description="Who logs in; not with `tls: none`.")
    password: SecretRef | None = Field(default=None, description="The password, where it is kept.")
    sender: MailAddress = Field(alias="from", description="The sender.")
    to: list[MailAddress] = Field(min_length=1, description="The recipients.")
    timeout: PositiveDuration = Field(default=30.0, description="For the whole conversation.")

    @model_validator(mode="after")
    def _check_login(self) -> EmailShape:
        if (self.username is None) != (self.password is None):
            raise refuse("'username' and 'password' go together")
        if self.tls == "none" and self.username is not None:
            raise refuse("'tls: none' would send the password in the clear: use starttls or tls, or no username")
        return self


class WebhookShape(Shape):
    """A channel of kind ``webhook``."""

    kind: Literal["webhook"] = Field(description="POSTs signed JSON (Standard Webhooks).")
    url: Url = Field(description="The receiver.")
    secret: SecretRef | None = Field(default=None, description="The signing secret (`whsec_…`), where it is kept.")
    secrets: list[SecretRef] | None = Field(
        default=None,
        min_length=1,
        description="Instead of `secret`: several that all sign, to change one without a gap.",
    )
    headers: dict[HeaderName, SecretRef] = Field(default={}, description="Extra headers, such as Authorization.")
    timeout: PositiveDuration = Field(default=20.0, description="For the whole request.")

    @model_validator(mode="after")
    def _check_secret(self) -> WebhookShape:
        if (self.secret is None) == (self.secrets is None):
            raise refuse("give either 'secret' or 'secrets'")
        return self


ChannelShape = Annotated[ConsoleShape | EmailShape | WebhookShape, Field(discriminator="kind")]


class RouteMatchShape(Shape):
    """What a route selects."""

    watches: list[Slug] = Field(default=[], description="Ids of watches; empty means all.")
    severity: Severity = Field(default="low", description="The least severity.")
    languages: list[Language] = Field(default=[], description="Languages of the article; empty means all.")
    outlets: list[Slug] = Field(default=[], description="Ids of outlets; empty means all.")
    countries: list[Country] = Field(default=[], description="Countries of the outlet; empty means all.")


class RouteShape(Shape):
    """One entry of ``routes``."""

    match: RouteMatchShape = Field(default=RouteMatchShape(), description="What the route selects; all by default.")
    to: list[ChannelName] = Field(min_length=1, description="Names of channels.")
    mode: Literal["immediate"] = Field(default="immediate", description="When to tell.")
    max_age_days: Days = Field(
        default=7.0, description="Articles published longer before we saw them are stored but not told."
    )


class RetentionShape(Shape):
    """The section ``retention``."""

    polls_days: WholeDays = Field(default=14, description="How long the record of polls is kept.")


class SchedulerShape(Shape):
    """The section ``scheduler``."""

    engine: Literal["embedded"] = Field(default="embedded", description="Who hands out the work.")


class ConfigShape(Shape):
    """The config file."""

    database: DatabaseShape = Field(default=DatabaseShape(), description="The database.")
    network: NetworkShape = Field(default=NetworkShape(), description="How claimwatch meets the network.")
    outlets: list[FilePath] = Field(
        default=["builtin"], description="Catalogues in order: `builtin`, files or folders; later ones win by id."
    )
    watches: list[FilePath] = Field(
        default=["builtin"], description="Watches in order: `builtin`, files or folders; later ones win by id."
    )
    channels: dict[ChannelName, ChannelShape] | None = Field(
        default=None, description="Where to tell, by name; by default the console."
    )
    routes: list[RouteShape] | None = Field(
        default=None, description="Which matches go where; by default every match to every channel."
    )
    retention: RetentionShape = Field(default=RetentionShape(), description="How long things are kept.")
    scheduler: SchedulerShape = Field(default=SchedulerShape(), description="How work is handed out.")


class SourceShape(Shape):
    """One entry of an outlet's ``sources``."""

    name: Slug = Field(description="Unique in the outlet; the source's id is OUTLET/NAME.")
    url: Url = Field(description="The address that is polled.")
    kind: Literal["feed"] = Field(default="feed", description="RSS, Atom, RDF or JSON Feed.")
    language: Language | None = Field(default=None, description="The language of the source, where it has one.")
    certainty: Literal["verified", "listed", "unverified"] = Field(
        default="unverified", description="Seen to work, only listed somewhere, or not even agreed upon."
    )
    every: PositiveDuration = Field(default=900.0, description="Time between two polls.")
    fetch_pages: bool = Field(default=True, description="Fetch the page of each entry.")
    note: Text | None = Field(default=None, description="What a person should know.")


class OutletShape(Shape):
    """One entry of an outlets file."""

    id: Slug = Field(description="Unique; a later file's entry of the same id replaces this one.")
    name: Text = Field(description="As people call it.")
    country: Country = Field(description="ISO 3166-1 alpha-2.")
    host: Host = Field(description="The site's own host.")
    languages: list[Language] = Field(min_length=1, description="The languages it publishes in.")
    ownership: Literal["state", "public", "private"] = Field(description="Who owns it.")
    delay: Duration = Field(default=4.0, description="Time between two requests to one host of it.")
    note: Text | None = Field(default=None, description="What a person should know.")
    disabled: bool = Field(default=False, description="`{id: X, disabled: true}` removes an earlier entry.")
    sources: list[SourceShape] = Field(description="The addresses that are polled; may be empty.")


class WatchTestsShape(Shape):
    """The sentences that try a watch."""

    match: list[Text] = Field(default=[], description="Sentences that it must match.")
    no_match: list[Text] = Field(default=[], description="Sentences that it must not match.")


class WatchShape(Shape):
    """One entry of a watches file."""

    id: Slug = Field(description="Unique; a later file's entry of the same id replaces this one.")
    title: Text = Field(description="What the alert says it is about.")
    query: Text | None = Field(default=None, description="One query for every language; see docs/queries.md.")
    queries: dict[QueryLanguage, Text] | None = Field(
        default=None, min_length=1, description="Instead of `query`: one for each language; `*` is for any other."
    )
    exclude: Text | None = Field(
        default=None, alias="except", description="A query whose match silences the watch, in any language."
    )
    languages: list[Language] = Field(default=[], description="Languages watched; empty means all.")
    outlets: list[Slug] = Field(default=[], description="Ids of the outlets watched; empty means all.")
    severity: Severity = Field(default="medium", description="How much a match matters.")
    threshold: Score = Field(
        default=1.0,
        description="Least score: the weights of the distinct terms that are mentioned (1 unless the query says "
        "otherwise), each twice where the title mentions it.",
    )
    tests: WatchTestsShape = Field(default=WatchTestsShape(), description="Sentences that try the watch.")
    disabled: bool = Field(default=False, description="`{id: X, disabled: true}` removes an earlier entry.")

    @model_validator(mode="after")
    def _check_query(self) -> WatchShape:
        if (self.query is None) == (self.queries is None):
            raise refuse("give either 'query' or 'queries'")
        return self


class RemovalShape(Shape):
    """An entry that removes an earlier one; what else it says does not count."""

    model_config = ConfigDict(extra="ignore")

    id: Slug
    disabled: Literal[True]


class OutletsFileShape(Shape):
    """An outlets file; its entries are checked one by one."""

    outlets: list[object] = Field(description="The outlets.")


class WatchesFileShape(Shape):
    """A watches file; its entries are checked one by one."""

    watches: list[object] = Field(default=[], description="The watches.")
    concepts: dict[str, object] = Field(
        default={},
        description="Words that queries of every watch may name as `@NAME`; later files win by name.",
    )

    @model_validator(mode="after")
    def _check_some(self) -> WatchesFileShape:
        if not self.model_fields_set:
            raise refuse("a watches file holds 'watches', 'concepts' or both")
        return self
