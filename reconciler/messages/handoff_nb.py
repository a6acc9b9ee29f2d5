"""The texts of hand-offs in Norwegian Bokmål, key by key as in ``handoff``."""

HANDOFF_NB: dict[str, str] = {
    "handoff.greeting": "Hei,",
    "handoff.closing": "På forhånd takk. Oppgi gjerne vår referanse, {id}, når dere svarer.",
    "handoff.label.tenant": "Organisasjon",
    "handoff.label.subscription": "Abonnements-ID",
    "handoff.label.licenses": "Kjøpte lisenser",
    "handoff.label.wanted": "Ønskede lisenser",
    "handoff.label.assigned": "Lisenser tildelt brukere",
    "handoff.label.free": "Ledige lisenser",
    "handoff.label.since": "Siden",
    "handoff.label.deadline": "Skulle vært ferdig",
    "handoff.label.seen": "Avlest",
    "handoff.label.reference": "Vår referanse",
    "handoff.why": "Hvorfor vi spør",
    "handoff.steps": "I denne rekkefølgen",
    "handoff.time": "{at:%d.%m.%Y} kl. {at:%H.%M} UTC",
    "handoff.any-number": "et valgfritt antall",
    "handoff.another-plan": "en annen plan",
    "handoff.subject.remove-licenses": "Reduser fra {bought} til {wanted} lisenser av {to_plan}: {tenant}",
    "handoff.ask.remove-licenses": (
        "Vi ber dere redusere fra {bought} til {wanted} lisenser av {to_plan} i organisasjonen vår."
    ),
    "handoff.step.remove-licenses.taken": (
        "Brukerne har {assigned} lisenser, {over} flere enn det blir igjen. Vi fjerner tildelingen av disse "
        "selv først, "
        "og sier fra her når det er gjort."
    ),
    "handoff.step.remove-licenses.then": "Reduser til {wanted} lisenser.",
    "handoff.step.remove-licenses.bill": "Si fra hvilken dag fakturaen blir lavere.",
    "handoff.subject.manual-switch": "Bytt plan manuelt, {from_plan} til {to_plan}: {tenant}",
    "handoff.ask.manual-switch": (
        "Vi ber dere flytte abonnementet vårt på {from_plan} ({bought} lisenser) til {to_plan} ({wanted} lisenser). "
        "Veiviseren for bytting av planer tar det ikke, så byttet må gjøres manuelt."
    ),
    "handoff.step.manual-switch.buy": "Kjøp {to_plan} med {wanted} lisenser i den samme organisasjonen.",
    "handoff.step.manual-switch.assign": (
        "Gi hver bruker som har en lisens av {from_plan}, en lisens av {to_plan}."
    ),
    "handoff.step.manual-switch.end": (
        "Avslutt det gamle abonnementet på {from_plan}, først når alle brukerne har fått den nye lisensen."
    ),
    "handoff.subject.stuck-switch": "Et planbytte blir ikke ferdig, {from_plan} til {to_plan}: {tenant}",
    "handoff.ask.stuck-switch": (
        "Et bytte fra {from_plan} til {to_plan} har vist statussiden i mer enn én time. Vi ber dere se på det. Vi har "
        "ikke bestilt det på nytt, og gjør det ikke."
    ),
    "handoff.subject.failed-switch": "Et planbytte mislyktes, {from_plan} til {to_plan}: {tenant}",
    "handoff.ask.failed-switch": (
        "Byttet fra {from_plan} til {to_plan} mislyktes. Vi ber dere fullføre det, eller rydde det bort så det kan "
        "bestilles på nytt. Vi har ikke bestilt det på nytt, og gjør det ikke så lenge det vises som mislykket."
    ),
    "handoff.subject.credit-review": "En kredittvurdering tar mer enn to uker: {tenant}",
    "handoff.ask.credit-review": (
        "En kredittvurdering av organisasjonen vår har pågått i mer enn to uker. Den holder igjen {to_plan} "
        "med {wanted} "
        "lisenser. Hva mangler? Vi har ikke bestilt på nytt, og gjør det ikke: det som er bestilt, starter av seg selv."
    ),
    "handoff.subject.not-live": "Sett opp {to_plan}: {tenant}",
    "handoff.ask.not-live": (
        "Vi ønsker {to_plan} med {wanted} lisenser, og organisasjonen har ikke noe abonnement som kan bli det. Vi ber "
        "dere sette det opp, eller si hvilket av våre det skal være."
    ),
    "handoff.subject.raise-by-hand": "Øk fra {bought} til {wanted} lisenser av {to_plan}: {tenant}",
    "handoff.ask.raise-by-hand": (
        "Vi ber dere øke fra {bought} til {wanted} lisenser av {to_plan} i organisasjonen vår. Det kan vi "
        "ikke gjøre selv."
    ),
    "handoff.because.pair-not-listed": (
        "{from_plan} til {to_plan} er ikke på listen over planer som veiviseren kan bytte."
    ),
    "handoff.because.too-many-users": (
        "{assigned} brukere har en lisens i abonnementet; veiviseren tar opptil 300."
    ),
    "handoff.because.prepaid": "Abonnementet ble kjøpt med et forhåndsbetalt kort eller en produktnøkkel.",
    "handoff.because.fewer-licenses": "Vi trenger {wanted} lisenser fra nå av; bare brukerstøtte kan redusere.",
    "handoff.because.not-live": "Det står i planen vår for organisasjonen, og ingenting der er av den planen.",
    "handoff.because.switch-running": "Et bytte tar vanligvis under ti minutter.",
    "handoff.because.switch-failed": "Portalen viser byttet som mislykket.",
    "handoff.because.no-version": (
        "Tjenesten viser abonnementet uten versjon, så programmet vårt kan ikke utelukke at det ville skrive over noe "
        "som noen har endret i mellomtiden. Manuelt: åpne abonnementet i Partner Center, se at det har {bought} "
        "lisenser, og sett antallet til {wanted}. Har det flere da, la det stå og si fra til oss."
    ),
    "handoff.because.update-budget": (
        "Programmet vårt har økt abonnementet oftere enn tjenesten tillater; det tar omtrent 1200 oppdateringer."
    ),
    "handoff.because.credit-review": "En kredittvurdering kan ta opptil to uker.",
    "handoff.note.done": "Dette er i orden hos oss; saken kan lukkes.",
    "handoff.note.withdrawn": "Vi ber ikke lenger om dette: ikke gjør mer med det. Saken kan lukkes.",
    "handoff.note.requests": "Det vi har sendt til tjenesten om dette abonnementet",
    "handoff.note.switch": "bytte av plan, {at}: forespørsels-ID {request}, korrelasjons-ID {correlation}",
    "handoff.note.add": "flere lisenser, {at}: forespørsels-ID {request}, korrelasjons-ID {correlation}",
}
