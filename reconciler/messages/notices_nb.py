"""What is told of matters, in Norwegian Bokmål, key by key as in ``notices``."""

NOTICES_NB: dict[str, str] = {
    # Emnet
    "notice.subject": "[reconciler] {name}: {what}",
    "notice.word": "{kind} ({reason})",
    "notice.moved": "{kind} ({before} -> {reason})",
    "notice.opened": "{word}",
    "notice.changed": "{word}",
    "notice.recovered": "i orden igjen etter {word}",
    "notice.withdrawn": "følges ikke lenger, var {word}",
    "notice.happened": "{word}",
    "notice.the-loop": "løkken",
    # Teksten
    "notice.label.tenant": "Kunde",
    "notice.label.source": "Kilde",
    "notice.label.about": "Gjelder",
    "notice.label.severity": "Alvor",
    "notice.label.details": "Detaljer",
    "notice.label.next": "Hva som må gjøres",
    "notice.label.since": "Siden",
    "notice.label.lasted": "Varte i",
    "notice.label.commit": "Commit",
    "notice.label.page": "Side",
    "notice.label.reference": "Referanse",
    "notice.severity.info": "til orientering",
    "notice.severity.warning": "advarsel",
    "notice.severity.critical": "kritisk",
    "notice.time": "{at:%d.%m.%Y} kl. {at:%H.%M} UTC",
    "notice.days": "{days} d {hours} t",
    "notice.hours": "{hours} t {minutes} min",
    "notice.minutes": "{minutes} min",
    "notice.over": "Dette er over. Ingenting må gjøres.",
    "notice.unwatched": "Ingen fil deklarerer dette lenger, så ingen ser på det: hvordan det går videre, meldes ikke.",
    # Hva hvert slag heter, hva det betyr, og hva som må gjøres
    "notice.kind.stalled": "står stille",
    "notice.means.stalled": "Kunden blir stående som den er til et menneske gjør noe.",
    "notice.next.stalled": "`reconciler explain {name}` viser hver kontroll, veien ut og hvem som kan ta den.",
    "notice.kind.write-failed": "endring mislyktes",
    "notice.means.write-failed": "Tjenesten tok ikke imot en endring, og den gjentas ikke av seg selv.",
    "notice.next.write-failed": (
        "Se hva tjenesten sa med `reconciler history {name}`. Endre så filen, eller be løkken om en runde til."
    ),
    "notice.kind.outcome-unknown": "utfall ukjent",
    "notice.means.outcome-unknown": (
        "Svaret på en endring gikk tapt, og ingenting viser ennå hva det ble av den. Mer skrives ikke til denne kunden "
        "før det er avklart."
    ),
    "notice.next.outcome-unknown": "Se etter i administrasjonsportalen, og avklar det med `reconciler resolve {name}`.",
    "notice.kind.file-broken": "feil i filen",
    "notice.means.file-broken": (
        "Kundens fil har feil: den siste gode deklarasjonen gjelder, og ingenting skrives til kunden."
    ),
    "notice.next.file-broken": "Rett filen; `reconciler validate` viser hver feil med linjenummer.",
    "notice.kind.unknown": "ukjent",
    "notice.means.unknown": "Det er ikke mulig å si hvordan det står til hos kunden. Ingenting skrives imens.",
    "notice.next.unknown": (
        "Ingenting, hvis det går over. Ellers viser `reconciler explain {name}` hva som ikke kunne leses, og hvorfor."
    ),
    "notice.kind.handoff": "brukerstøtte trengs",
    "notice.means.handoff": "Noe venter på brukerstøtte, og en henvendelse dit er klar til å sendes.",
    "notice.next.handoff": (
        "`reconciler handoff show {subject}` viser den; send den, og si fra med `reconciler handoff filed {subject}`."
    ),
    "notice.kind.drift": "endret utenfra",
    "notice.means.drift": "Noen har endret noe hos kunden som filen ikke sier.",
    "notice.next.drift": (
        "Er det riktig, ta det inn med `reconciler drift --propose`; ellers lar du filen stå, og neste runde handler "
        "etter den."
    ),
    "notice.kind.service-drift": "endret av tjenesten",
    "notice.means.service-drift": "Tjenesten har selv endret tilstanden til noe hos kunden.",
    "notice.next.service-drift": "Se på abonnementet og tjenestens tilstand i administrasjonsportalen.",
    "notice.kind.suspended": "satt på pause",
    "notice.means.suspended": "Kunden er satt på pause: ingenting skrives til den før pausen er over.",
    "notice.next.suspended": "Ingenting.",
    "notice.kind.pause-ended": "pausen er utløpt",
    "notice.means.pause-ended": "Pausen er utløpt; til den blir opphevet, vises endringer bare.",
    "notice.next.pause-ended": "Ta `suspend` ut av filen, eller opphev den med `reconciler resume {name}`.",
    "notice.kind.switch-started": "bytte bestilt",
    "notice.means.switch-started": "Et bytte av plan er bestilt.",
    "notice.next.switch-started": "Ingenting. Det tar vanligvis under ti minutter, og slutten meldes.",
    "notice.kind.switch-done": "bytte ferdig",
    "notice.means.switch-done": "Et bytte av plan er ferdig.",
    "notice.next.switch-done": "Ingenting.",
    "notice.kind.licenses-added": "lisenser lagt til",
    "notice.means.licenses-added": "Lisenser er lagt til.",
    "notice.next.licenses-added": "Ingenting.",
    "notice.kind.source-refused": "commit avvist",
    "notice.means.source-refused": "En nyere commit tas ikke i bruk: den siste gode gjelder fortsatt.",
    "notice.next.source-refused": "Rett den med en ny commit; `reconciler validate` viser feilene.",
    "notice.kind.source-unreadable": "kilden kan ikke leses",
    "notice.means.source-unreadable": "Kundefilene kan ikke leses: det som ble lest sist, gjelder fortsatt.",
    "notice.next.source-unreadable": "Se etter om depotet er der og kan leses.",
    "notice.kind.fleet-stopped": "flåten er stanset",
    "notice.means.fleet-stopped": "Ingenting skrives til noen kunde fra denne kilden.",
    "notice.next.fleet-stopped": "Se etter om filene er som de skal være, og rett dem med en commit.",
    "notice.kind.backend-down": "tjenesten er nede",
    "notice.means.backend-down": "Tjenesten svarer ikke, eller svarer med feil: den spørres bare av og til.",
    "notice.next.backend-down": (
        "Se tjenestens egen statusside. Rundene går videre av seg selv når den er tilbake."
    ),
    "notice.kind.loop-late": "rundene er forsinket",
    "notice.means.loop-late": "Kunder venter lenger på en runde enn løkken tillater seg.",
    "notice.next.loop-late": (
        "Se på løkkens side hva som holder den igjen; gi den flere arbeidere eller lengre intervaller."
    ),
    "notice.kind.stop-set": "stoppen er på",
    "notice.means.stop-set": "Den globale stoppen er på: ingenting skrives til noen kunde.",
    "notice.next.stop-set": "`reconciler stop --lift` opphever den når grunnen er borte.",
    # Sammendraget
    "notice.digest.subject": "[reconciler] sammendrag: {news} nyheter, {standing} står åpne",
    "notice.digest.news": "Siden {since}",
    "notice.digest.nothing": "Ingenting nytt.",
    "notice.digest.standing": "Dette står åpent nå",
    "notice.digest.nothing-stands": "Ingenting står åpent.",
    "notice.digest.group": "{count} x {word} {change}",
    "notice.digest.stands": "{count} x {word}",
    "notice.digest.change.opened": "åpnet",
    "notice.digest.change.changed": "endret",
    "notice.digest.change.recovered": "i orden igjen",
    "notice.digest.change.withdrawn": "følges ikke lenger",
    "notice.digest.change.happened": "skjedd",
    "notice.digest.times": "{group}, {times} ganger",
    "notice.digest.names": "{group}: {names}",
    "notice.digest.more": "{names} og {more} til",
    "notice.digest.left-out": "{count} til er utelatt.",
}
