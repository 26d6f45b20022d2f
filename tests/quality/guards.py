"""The guards on which nothing-is-lost and nothing-gets-in stand, each with its removal and the test that notices.

A guard is removed in a copy of the program, by replacing its text; a text that is no longer there
fails the test too, so that this list follows the code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One guard of the program.

    Args:
        name: what it keeps from happening.
        invariant: of docs/reliability.md.
        path: the file, from the root of the project.
        text: the guard's own words; they stand exactly once in the file.
        without: what stands there when it is gone.
        test: the test that must fail then, as pytest names it.
    """

    name: str
    invariant: str
    path: str
    text: str
    without: str
    test: str


GUARDS = (
    Guard(
        name="a body that could not be read leaves the old validators",
        invariant="I1",
        path="claimwatch/decide.py",
        text="if work.problem is None and work.response is not None and work.response.status == 200:",
        without="if work.response is not None and work.response.status == 200:",
        test="tests/unit/claimwatch/test_decide.py::"
        "test_state_after_a_body_that_could_not_be_read_keeps_the_old_validators",
    ),
    Guard(
        name="a poll, its entries and its validators are one transaction",
        invariant="I1",
        path="storage/database.py",
        text="with self._errors(), self._writer.begin() as connection:",
        without='with self._errors(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")'
        " as connection:",
        test="tests/contract/test_faults.py::test_outcome_is_stored_whole_or_not_at_all",
    ),
    Guard(
        name="a late result of a lost lease is refused",
        invariant="I3",
        path="storage/fencing.py",
        text="    if lane is None:\n        raise lease_lost(lease)\n",
        without="",
        test="tests/contract/test_lease_store.py::test_outcome_of_a_lost_lease_stores_nothing",
    ),
    Guard(
        name="a delivery keeps its id however often its article is done again",
        invariant="I3",
        path="alerts/planner.py",
        text='stable_id("dlv", alert_id, name, recipient)',
        without='stable_id("dlv", alert_id, name, recipient, __import__("uuid").uuid4().hex)',
        test="tests/unit/alerts/test_planner.py::test_the_same_input_gives_the_same_plan",
    ),
    Guard(
        name="a delivery that failed is tried again",
        invariant="I2",
        path="alerts/dispatcher.py",
        text="state=DeliveryState.DEAD if again is None else DeliveryState.PENDING,",
        without="state=DeliveryState.DEAD,",
        test="tests/integration/alerts/test_mail_faults.py::test_server_that_was_down_for_an_hour_gets_every_mail_once",
    ),
    Guard(
        name="where TLS is demanded nothing is said without it",
        invariant="I6",
        path="alerts/transports/email.py",
        text="start_tls=channel.tls is TlsMode.STARTTLS,",
        without="start_tls=None,",
        test="tests/integration/alerts/test_mail_faults.py::test_where_tls_is_demanded_nothing_is_said_without_it",
    ),
    Guard(
        name="a source that failed is well only once it was read",
        invariant="I7",
        path="claimwatch/pipeline.py",
        text="if work.state.failures == 0 and parts.fraction()",
        without="if parts.fraction()",
        test="tests/unit/claimwatch/test_validators.py::test_failure_is_not_cleared_by_a_304",
    ),
    Guard(
        name="an IPv4 address inside an IPv6 one is looked at",
        invariant="I6",
        path="domain/hosts.py",
        text="return all(map(_is_routed, _unwrapped(ip)))",
        without="return _is_routed(ip)",
        test="tests/unit/domain/test_net.py::test_address_that_is_not_on_the_open_internet_is_not_public",
    ),
    Guard(
        name="a page is fetched from allowed addresses only",
        invariant="I6",
        path="crawler/guard.py",
        text="if self._guard.passes(self._host, self._port, str(address.host)):",
        without="if True:",
        test="tests/integration/crawler/test_address_table.py::"
        "test_a_name_that_moves_inside_between_two_connects_is_refused",
    ),
    Guard(
        name="a webhook connects to allowed addresses only",
        invariant="I6",
        path="alerts/transports/http.py",
        text="if self.proxy is None and not self._policy.allows(self.target.host, self.target.port, address[0]):",
        without="if False:",
        test="tests/integration/alerts/test_address_table.py::"
        "test_a_webhook_that_moves_inside_between_two_calls_is_refused",
    ),
    Guard(
        name="a number inside is refused before the proxy is asked",
        invariant="I6",
        path="domain/net.py",
        text="told = self.number_complaint(target.host, target.port)",
        without="told = None",
        test="tests/integration/crawler/test_proxy.py::test_a_number_inside_is_refused_before_the_proxy_is_asked",
    ),
    Guard(
        name="the proxy is nobody's target",
        invariant="I6",
        path="domain/net.py",
        text="if proxy.is_at(target.host, target.port):",
        without="if False:",
        test="tests/integration/crawler/test_proxy.py::test_the_proxy_is_no_target_under_its_name",
    ),
    Guard(
        name="a user's own spider is guarded",
        invariant="I6",
        path="crawler/guard.py",
        text="        install_guard(policy)\n",
        without="",
        test="tests/integration/crawler/test_own_spider.py::"
        "test_an_own_spider_reaches_what_is_listed_and_nothing_else_inside",
    ),
    Guard(
        name="a spider chooses no proxy of its own",
        invariant="I6",
        path="crawler/connecting.py",
        text='request.meta.pop("proxy", None)',
        without="pass",
        test="tests/integration/crawler/test_own_spider.py::test_an_own_spider_chooses_no_proxy",
    ),
    Guard(
        name="a webhook follows no redirect",
        invariant="I6",
        path="alerts/transports/http.py",
        text="allow_redirects=False",
        without="allow_redirects=True",
        test="tests/integration/alerts/test_webhook.py::test_a_redirect_is_failure_and_never_followed",
    ),
    Guard(
        name="a reader that takes too long is killed",
        invariant="I5",
        path="claimwatch/pools.py",
        text="future: Future[T] = pool.schedule(function, args=args, timeout=timeout_s)",
        without="future: Future[T] = pool.schedule(function, args=args)",
        test="tests/integration/claimwatch/test_pools.py::test_parsing_pool_kills_a_reader_that_takes_too_long",
    ),
    Guard(
        name="a job that breaks leaves the others alone",
        invariant="I5",
        path="scheduler/worker.py",
        text="except Exception as error:",
        without="except ZeroDivisionError as error:",
        test="tests/unit/scheduler/test_worker.py::test_worker_reports_a_known_error_as_its_own_sentence",
    ),
    Guard(
        name="a robots.txt that cannot be read keeps us away",
        invariant="I4",
        path="crawler/robots.py",
        text="if known.unreadable is not None:",
        without="if False:",
        test="tests/integration/crawler/test_robots.py::test_rules_that_cannot_be_read_keep_us_away",
    ),
)
