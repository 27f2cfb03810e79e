Grandfathered customers through two price changes and a rollback. The fee is 100, then 120 for new customers only,
then 150 for half of those who follow the live catalog, and then 120 again. Whoever was promised a price keeps it.

== catalog
products:
  - {key: voice, name: Voice, owner: Ada, definition: Calls.}
rate_cards:
  - key: list
    name: List prices
    owner: Ada
    definition: What everybody pays.
    currency: USD
    rates:
      - {key: fee, name: Fee, model: flat, amount: "FEE"}
plans:
  - {key: pro, name: Pro, owner: Ada, definition: For all., product: voice, currency: USD, items: [{price: fee}]}

== steps
publish 100
subscribe acme segment=smb
subscribe bolt segment=enterprise
bill 100 acme
bill 100 bolt
# New prices for new customers: whoever is here stays, without end.
publish 120 to=new stays=2
subscribe cask segment=smb
subscribe dusk segment=enterprise
bill 100 acme
bill 100 bolt
bill 120 cask
bill 120 dusk
# A second change reaches one segment: the others stay on 120, or begin on it; acme and bolt stay on 100.
publish 150 to=cohort segment=enterprise stays=1
subscribe echo segment=smb
bill 100 acme
bill 100 bolt
bill 120 cask
bill 150 dusk
bill 120 echo
# Going back to 120 changes what dusk follows, and no promise.
rollback 2
bill 100 acme
bill 100 bolt
bill 120 cask
bill 120 dusk
bill 120 echo
# A third price reaches only those who follow the live catalog.
publish 90
bill 100 acme
bill 100 bolt
bill 120 cask
bill 90 dusk
bill 120 echo
