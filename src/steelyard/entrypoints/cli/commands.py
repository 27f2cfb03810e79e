"""The table of commands by section: what `steelyard --help` prints, and where each is found when called.

Nothing is imported here, so that help costs no more than Python itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple

SUMMARY: Final = "Sell software by what it does: meter, price, bill, and prove every charge."
EXIT_CODES: Final = (
    "Exit codes: 0 ok, 2 usage, 3 invalid data or failed verification, 4 refused, 5 conflict, 6 unavailable."
)


class Command(NamedTuple):
    """A command: its words, the function behind it (`module:name` in this folder), what it does."""

    words: str
    where: str
    text: str


GROUPS: Final = {
    "receipt": "Proofs of single charges.",
    "keys": "The key that signs the record.",
    "events": "What comes in: its types, what was refused, corrections and history.",
    "meters": "How usage is measured.",
    "metric": "What could be charged for, and which of it should be.",
    "attribution": "Whose usage it is.",
    "catalog": "What is sold, as YAML files.",
    "customers": "Who is billed.",
    "contract": "What was agreed beyond the catalog.",
    "subscription": "Who has which plan, and from when it changes.",
    "migration": "Who moves from one catalog to another, and when.",
    "notices": "What customers are to be told of, and whether they were.",
    "backfill": "Sets of events brought in or set aside at one moment.",
    "invoices": "What was billed.",
    "billing": "Billing runs.",
    "person": "Who may come in, and as what.",
    "review": "What waits until others agree.",
    "outcomes": "Results that are claimed, decided and paid once.",
    "commitments": "What customers commit to.",
    "discounts": "What may be taken off.",
    "credit": "Credit that customers have: lots, and rules that top them up.",
}

SECTIONS: Final = {
    "Workspace": (
        Command("init", "process:init", "Make a workspace: its folder, its keys, its name."),
        Command("serve", "process:serve", "Serve a workspace: the HTTP interface and the console."),
        Command("demo", "process:demo", "A month of usage, metered, priced, invoiced and proven."),
        Command("doctor", "process:doctor", "Look over a workspace; rebuild what derives from the record."),
        Command("backup", "backup:backup", "Copy a workspace while it runs, and verify the copy."),
        Command("restore", "backup:restore", "Bring a workspace back from a backup."),
        Command("verify", "proof:verify", "Check the whole record and the state it tells of."),
        Command("keys rotate-record", "rotation:rotate", "Change the key that signs the record."),
    ),
    "Prices": (
        Command("catalog validate", "catalog:validate", "Every mistake of a catalog folder, with its place."),
        Command("catalog test", "catalog_code:run_tests", "Run the pricing tests of a folder."),
        Command("catalog plan", "catalog:plan", "What publishing a folder would change, and for whom."),
        Command("catalog publish", "catalog:publish", "Publish a folder as an immutable version."),
        Command("catalog rollback", "catalog:rollback", "Publish an earlier version again."),
        Command("catalog log", "catalog_code:log", "Every release: who, what, when, why."),
        Command("catalog diff", "catalog_code:diff", "What changed between two versions."),
        Command("catalog show", "catalog:show", "Print a published version, or a folder's catalog."),
        Command("catalog pull", "catalog_code:pull", "Write a version's files into a folder."),
        Command("catalog watch", "catalog_code:watch", "Publish a folder whenever it changes."),
        Command("catalog changes", "catalog_code:changes", "Changes that somebody should look back at."),
        Command("catalog look-back", "catalog_code:look_back", "Say what a change's measure shows."),
        Command("catalog check-feature", "catalog_code:check_feature", "Check a feature's pricing block."),
        Command("catalog schema", "catalog:schema", "Print the JSON Schema of catalog files."),
        Command("catalog sample", "samples:sample", "Write a sample catalog into a folder."),
        Command(
            "migration announce", "migrations:announce", "Move a segment on a day; or preview the money."
        ),
        Command("migration list", "migrations:list_migrations", "Every migration, newest first."),
        Command("migration show", "migrations:show", "One migration: whom it moves, when, why."),
        Command("migration compare", "migrations:compare", "Both bills side by side; one is not due."),
        Command("migration reverse", "migrations:reverse", "Let everybody go back."),
        Command("notices list", "notices:list_notices", "What customers are to be told of, and until when."),
        Command("notices told", "notices:tell", "Say that a customer was told."),
        Command("notices acknowledge", "notices:acknowledge", "Say that a customer knows."),
        Command("metric score", "metric:score", "Value metrics side by side: three gates, and a rank."),
        Command("metric templates", "metric:templates", "Templates of value metrics, ready to be taken."),
        Command("metric take", "metric:take", "Take a template into the published catalog."),
        Command("impact", "impact:impact", "What a catalog, a version or a price would have charged."),
        Command("scenario", "scenarios:scenario", "A whole story of a price, run from catalog to invoice."),
    ),
    "What it would cost": (
        Command("rate", "rating:rate", "Rate one quantity: JSON request in, amount and explanation out."),
        Command("estimate", "estimate:estimate", "What a month would cost by each plan: the calculator."),
        Command("design-to-cost", "design:design", "What a budget a month buys, plan by plan."),
        Command("compare", "curve:compare", "The plans side by side, in a short or a precise form."),
        Command("price-curve", "curve:curve", "What a plan costs by quantity, and where customers stand."),
        Command("packaging", "curve:packaging", "From where the next plan is better, and what is odd."),
    ),
    "Customers and contracts": (
        Command("customers create", "customers:create", "Make a customer."),
        Command("customers list", "customers:list_customers", "All customers."),
        Command("customers show", "customers:show", "One customer."),
        Command("customers change", "customers:change", "Change a name, a tax, subjects, attributes."),
        Command("customers tree", "hierarchy:tree", "What a customer and all below it come to."),
        Command("customers merge", "mergers:merge", "Put a customer under another, with its contract."),
        Command("customers part", "mergers:part", "Let a customer stand alone again."),
        Command("subscription start", "subscribing:start", "Begin a subscription."),
        Command("subscription list", "subscriptions:list_subscriptions", "All subscriptions."),
        Command("subscription show", "subscribing:show", "One subscription, as it is now."),
        Command(
            "subscription change", "subscriptions:change", "Change a subscription; or preview the money."
        ),
        Command("subscription changes", "subscriptions:list_changes", "What changed and will change."),
        Command("subscription withdraw", "subscriptions:withdraw", "Take a coming change back."),
        Command("subscription end", "subscribing:end", "End a subscription."),
        Command("rate-card", "rate_card:rate_card", "Which price applies to a subscription, and why."),
        Command("contract make", "contracts:make", "Make a contract from a JSON file."),
        Command("contract list", "contracts:list_contracts", "All contracts."),
        Command("contract show", "contracts:show", "One contract, with its amendments."),
        Command("contract amend", "contracts:amend", "Add dated parts to a contract, from a JSON file."),
        Command(
            "contract renewals",
            "renewals:renewals",
            "Contracts that end soon, and until when to give notice.",
        ),
        Command("contract renew", "renewals:renew", "Let a contract go on for its term."),
        Command("contract renew-due", "renewals:renew_due", "Renew what goes on by itself and is due."),
        Command("contract notice", "renewals:notice", "Give notice: it ends at its end."),
        Command("contract shadow", "renewals:shadow", "A month with and without a contract or pilot."),
        Command("commitments attach", "commitments:attach", "Let a subscription commit to an amount."),
        Command("commitments list", "commitment_lists:every", "Every commitment, and where it stands."),
        Command("commitments show", "commitments:show", "Where the commitments of a subscription stand."),
        Command("commitments course", "commitment_lists:course", "How a commitment went month by month."),
        Command("commitments alerts", "commitment_lists:told", "What was told of commitments."),
        Command("commitments end", "commitments:end", "End a commitment."),
        Command("commitments preview", "commitments:preview", "What months of usage come to under terms."),
        Command("discounts list", "discounts:list_discounts", "The discounts offered, and the slots left."),
        Command("discounts redeem", "discounts:redeem", "Let a subscription have a discount or coupon."),
        Command("discounts redemptions", "discounts:redemptions", "Who redeemed what."),
        Command("credit grant", "credit:grant", "Grant a lot of credit."),
        Command("credit list", "credit:list_lots", "Lots of credit and what they hold."),
        Command("credit balance", "credit:balance", "What a customer holds, and what of it is used already."),
        Command("credit draws", "credit:draws", "Everything that moved a lot, in words."),
        Command("credit transfer", "credit:transfer", "Move a part of a lot to another customer."),
        Command("credit void", "credit:void", "End a lot now."),
        Command("credit buy", "credit_orders:buy", "Order credit; the next document charges for it."),
        Command("credit orders", "credit_orders:list_orders", "Orders of credit and who charges for them."),
        Command("credit cancel-order", "credit_orders:cancel_order", "Cancel an order that is open."),
        Command("credit notices", "credit_orders:notices", "What expires soon or runs low."),
        Command("credit breakage", "credit_orders:breakage", "Post what was paid for and expired unused."),
        Command("credit add-top-up", "credit:add_top_up", "Make a rule that tops credit up at a threshold."),
        Command("credit top-ups", "credit:list_top_ups", "Rules that top credit up."),
        Command("credit top-up", "credit:top_up", "Carry the rules out now."),
        Command("credit remove-top-up", "credit:remove_top_up", "Remove such a rule."),
    ),
    "Usage": (
        Command("ingest", "usage:ingest", "Store usage events from a file."),
        Command("import", "importing:import_files", "Import usage from CSV, lines of JSON or Parquet."),
        Command("meters query", "asking:query", "What a meter measures, now or as it was known."),
        Command("meters health", "meters:health", "How usage comes in, and what somebody should look at."),
        Command("outcomes claim", "outcomes:claim", "Claim that a result was reached."),
        Command("outcomes list", "outcomes:list_outcomes", "Outcomes and how they stand."),
        Command("outcomes show", "outcomes:show", "One outcome, and all that was done about it."),
        Command("outcomes confirm", "outcomes:confirm", "Confirm that the result was reached."),
        Command("outcomes contest", "outcomes:contest", "Say that it was not."),
        Command("outcomes accept", "outcomes:accept", "Let it count: it becomes a usage event."),
        Command("outcomes reverse", "outcomes:reverse", "Let it never count; money comes back."),
        Command("outcomes settle", "outcomes:settle", "Settle what nobody contested within its window."),
        Command("events types", "event_types:list_types", "Event types, how they come in, where they drift."),
        Command("events schema", "event_types:schema", "Derive a schema from stored events of a type."),
        Command("events rejected", "event_types:rejected", "The newest refused events, and why."),
        Command("events history", "events:show_history", "Everything that was said about an event."),
        Command("events amend", "events:amend", "Let an event count with other attributes."),
        Command("events void", "events:void", "Let an event never count again."),
        Command("events hold", "events:hold", "Let an event not count until it is released."),
        Command("events release", "events:release", "Let a held event count again."),
        Command("attribution queue", "attribution:queue", "What waits for its customer, or in quarantine."),
        Command("attribution rules", "attribution:list_rules", "Rules that say whose an event is."),
        Command("attribution add-rule", "attribution:add_rule", "Make a rule."),
        Command("attribution remove-rule", "attribution:remove_rule", "Take a rule back."),
        Command("attribution replay", "attribution:replay", "Attribute what waits, by rules or by choice."),
        Command("backfill open", "backfill:open_one", "Open a backfill."),
        Command("backfill add", "backfill:add", "Add events from a file to an open backfill."),
        Command("backfill deprecate", "backfill:deprecate", "Name stored events that it sets aside."),
        Command("backfill preview", "backfill:preview", "What its commit or its revert would change."),
        Command("backfill commit", "backfill:commit", "Let it take effect, whole, at once."),
        Command("backfill revert", "backfill:revert", "Undo it, whole, at once."),
        Command("backfill abandon", "backfill:abandon", "Give an open backfill up."),
        Command("backfill list", "backfill:list_backfills", "All backfills."),
        Command("backfill show", "backfill:show", "One backfill, and all that was done to it."),
        Command("reconcile", "reconcile:reconcile", "Compare a sender's own signed count with the record."),
        Command("feed", "feeding:feed", "Write the warehouse feed: all usage as Parquet, once."),
        Command("reconcile-feed", "feeding:reconcile_feed", "Prove record = usage store = feed."),
        Command("customers erase", "retention:erase", "Erase what a customer used, from every file."),
        Command("customers hold", "retention:hold", "Place a legal hold: nothing of the customer is erased."),
        Command("customers release", "retention:release", "Lift a legal hold."),
        Command("retention", "retention:report", "What could be erased now, and why the rest must stay."),
    ),
    "Bills and proofs": (
        Command("customers preview", "customers:preview", "What the next bill would say."),
        Command("billing run", "billing:run", "Bill a month."),
        Command("invoices list", "invoices:list_invoices", "All invoices and credit notes."),
        Command("invoices show", "invoices:show", "One invoice, line by line."),
        Command("invoices evidence", "invoices:evidence", "Write an invoice's evidence file."),
        Command("receipt verify", "proof:verify_receipt", "Check an evidence file offline."),
        Command("receipt proof", "proof:proof", "Print the proof of an entry (C2SP tlog-proof)."),
        Command(
            "receipt verifier", "proof:verifier", "Print a program that verifies receipts without Steelyard."
        ),
    ),
    "People": (
        Command("person invite", "people:invite", "Invite somebody; prints a link that works once."),
        Command("person list", "people:list_people", "Everybody with an account."),
        Command("person change", "people:change", "Change somebody's roles, customers or deputy."),
        Command("person leave", "people:leave", "End somebody's rights and sessions."),
        Command("person invitations", "people:invitations", "All invitations."),
        Command("person revoke", "people:revoke", "Make an invitation's link worthless."),
        Command("person roles", "people:roles", "What each role may do."),
        Command("person deeds", "people:deeds", "Who did or looked at what."),
        Command("review list", "reviews:list_reviews", "Requests to agree."),
        Command("review show", "reviews:show", "One review, with what was shown."),
        Command("review agree", "reviews:agree", "Agree, as yourself."),
        Command("review refuse", "reviews:refuse", "Refuse, as yourself."),
    ),
}
COMMANDS: Final = tuple(command for section in SECTIONS.values() for command in section)


def help_text() -> str:
    """What `steelyard --help` prints: every command with what it does, under the heading of its section.

    >>> [line for line in help_text().splitlines() if line.startswith("  catalog publish ")]
    ['  catalog publish          Publish a folder as an immutable version.']
    """
    width = max(len(command.words) for command in COMMANDS)
    lines = [
        line
        for heading, section in SECTIONS.items()
        for line in ("", f"{heading}:", *(f"  {one.words.ljust(width)}  {one.text}" for one in section))
    ]
    head = ["Usage: steelyard COMMAND", "", SUMMARY]
    tail = ["", "`steelyard COMMAND --help` tells more about one; `steelyard --version` prints the version."]
    return "\n".join([*head, *lines, *tail, EXIT_CODES]) + "\n"
