# Jede Mitteilung: ihr Betreff und ihr Text. Einfache Worte, kurze Sätze, nur Namen, die gegeben sind.

date = { $day }. { $month } { $year }
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember

an-app = eine App
a-partner = ein Partner
a-group = eine Ihrer Gruppen
a-program = ein Programm
a-credential = ein Zugangsschlüssel
no-classes = nichts über Personen
unknown-classes = etwas, das der Katalog nicht mehr nennt
because = { $reason ->
    [data-taken-improperly] Grund: Daten wurden unrechtmäßig entnommen.
    [not-anonymised] Grund: Daten wurden nicht wie zugesagt anonymisiert.
    [malware] Grund: Schadsoftware.
    [terms] Grund: Verstoß gegen die Bedingungen.
    [own-wish] Grund: eigener Wunsch des Partners.
    [incident] Grund: ein Vorfall.
   *[other] Hier wurde kein Grund angegeben; fragen Sie die Plattform danach.
}
letter-person = Diese und frühere Mitteilungen lesen Sie, und was Apps sehen dürfen, ändern Sie unter { $home }
letter-partner = Die Plattform schickt Ihnen das, weil Sie ihr Partner sind. Antworten auf diesen Brief werden nicht gelesen. Ihre Apps, Berichte und Fälle lesen Sie über die Partner-API; dort bestätigen Sie Berichte und erheben Einspruch. Beschrieben ist sie unter { $home }/partner/v1/openapi.json
letter-staff = Diese und frühere Mitteilungen lesen Sie unter { $home }/staff/messages

app-enabled-person = { $app } wurde in { $group } eingeschaltet
    .body = Jemand aus der Verwaltung von { $group } hat { $app } eingeschaltet, eine App von { $partner }.

        Sie darf dort sehen: { $classes }.

        Was Sie betrifft und Ihre eigene Wahl braucht, bleibt ihr verborgen, bis Sie wählen. Unter „Privacy“ können Sie das jederzeit ansehen und ändern.

installation-lapsed-person = { $app } hat keinen Zugang mehr zu { $group }
    .body = Wer zuletzt für { $app } einstand, verwaltet { $group } nicht mehr. Seither erhält die App nichts aus der Gruppe.

        Soll sie bleiben, bestätigen Sie sie unter „Apps in my groups“. Tun Sie nichts, bleibt sie ohne Zugang.

installation-lapsed-partner = Eine Installation von { $app } ist verfallen
    .body = Für die Installation { $installation } von { $app } steht niemand aus der Verwaltung der Gruppe mehr ein. Seither erhält sie nichts, und ihre Token sind ungültig.

        Jemand anderes aus der Verwaltung kann sie bestätigen. Sie brauchen dann neue Token.

installation-ended-person = { $app } wurde in { $group } ausgeschaltet
    .body = { $app } wurde in { $group } ausgeschaltet. Der Zugang zur Gruppe ist beendet, und mit ihm alles, was Mitglieder der App dort erlaubt hatten.

installation-ended-partner = Eine Installation von { $app } ist beendet
    .body = Die Installation { $installation } von { $app } ist beendet. Seither erhält sie nichts, und ihre Token sind ungültig.

installation-narrowed-person = { $app } darf in { $group } weniger sehen
    .body = Jemand aus der Verwaltung von { $group } hat { $app } dort etwas weggenommen. Von nun an darf die App dort sehen: { $classes }.

installation-narrowed-partner = Eine Installation von { $app } wurde verkleinert
    .body = Jemand aus der Verwaltung der Gruppe hat der Installation { $installation } von { $app } etwas weggenommen. Sie umfasst von nun an: { $classes }.

agreement-ending-partner = Eine Vereinbarung für { $app } endet am { $until }
    .body = Die Vereinbarung { $agreement } für { $app } und { $program } endet am { $until }. Sie umfasst: { $classes }.

        Alles, was auf ihr beruht, endet in diesem Augenblick. Bitten Sie die Plattform rechtzeitig um eine neue.

agreement-ended-partner = Eine Vereinbarung für { $app } ist beendet
    .body = Die Vereinbarung { $agreement } für { $app } und { $program } ist beendet. Sie umfasste: { $classes }.

        Alles, was auf ihr beruhte, ist mit ihr beendet.

certification-ending-partner = Eine Zertifizierung von { $app } läuft am { $until } ab
    .body = Die Zertifizierung { $certification } von { $app } läuft am { $until } ab. Sie umfasst: { $classes }.

        Diese Daten erhält die App von da an nicht mehr. Zertifizieren Sie sie rechtzeitig neu.

certification-ended-partner = Eine Zertifizierung von { $app } ist abgelaufen
    .body = Die Zertifizierung { $certification } von { $app } gilt nicht mehr. Sie umfasste: { $classes }.

        Diese Daten erhält die App erst wieder, wenn Sie sie neu zertifizieren.

credential-ending-partner = Ein Zugangsschlüssel von { $app } läuft am { $until } ab
    .body = Der Zugangsschlüssel „{ $credential }“ von { $app } läuft am { $until } ab, und die App hat keinen späteren.

        Bitten Sie die Plattform um einen neuen und wechseln Sie vorher. Bis dahin gelten beide.

credential-ended-partner = Ein Zugangsschlüssel von { $app } ist beendet
    .body = Der Zugangsschlüssel „{ $credential }“ von { $app } gilt nicht mehr. War das nicht gewollt, fragen Sie sofort die Plattform.

app-status-changed-partner = { $app } ist { $status ->
        [active] wieder aktiv
        [suspended] gesperrt
        [removed] entfernt
       *[other] in einem anderen Zustand
    }
    .body = { $status ->
        [active] { $app } darf wieder Daten erhalten, soweit Vereinbarungen, Verwaltende und Personen es erlauben.
        [suspended] { $app } erhält nichts, bis die Sperre aufgehoben ist, und niemand kann ihr etwas Neues erlauben. Widerrufen und Löschen gehen weiter.
        [removed] { $app } wurde endgültig entfernt. Alles, was Personen und Verwaltende ihr erlaubt hatten, ist beendet.
       *[other] Der Zustand von { $app } hat sich geändert.
    }

        { $because }

partner-status-changed-partner = Ihre Registrierung ist { $status ->
        [active] wieder aktiv
        [suspended] gesperrt
        [revoked] entzogen
        [surrendered] zurückgegeben
       *[other] in einem anderen Zustand
    }
    .body = { $status ->
        [active] Die Apps von { $partner } dürfen wieder Daten erhalten, soweit Vereinbarungen, Verwaltende und Personen es erlauben.
        [suspended] Die Apps von { $partner } erhalten nichts, bis die Sperre aufgehoben ist, und niemand kann ihnen etwas Neues erlauben. Widerrufen und Löschen gehen weiter.
        [revoked] Die Plattform hat die Registrierung von { $partner } beendet. Alles, was Personen und Verwaltende den Apps erlaubt hatten, ist beendet.
        [surrendered] Die Registrierung von { $partner } wurde zurückgegeben. Alles, was Personen und Verwaltende den Apps erlaubt hatten, ist beendet.
       *[other] Der Zustand von { $partner } hat sich geändert.
    }

        { $because }

program-status-changed-partner = { $program } ist { $status ->
        [draft] nicht offen
        [live] offen
        [restricted] eingeschränkt
        [closed] geschlossen
        [experimental] als Versuch offen
       *[other] in einem anderen Zustand
    }
    .body = { $status ->
        [draft] { $program } ist noch für niemanden offen.
        [live] { $program } ist offen für Apps mit einer Vereinbarung.
        [restricted] { $program } bleibt offen für das, was besteht. Niemand kann einer App darin etwas Neues erlauben.
        [experimental] { $program } ist offen bis zu einem festgelegten Ende. Die Zahl der Personen darin kann begrenzt sein.
        [closed] { $program } wurde geschlossen. Jeder Zugang darüber ist beendet, außer für Apps, für die die Plattform eine Ausnahme gemacht hat; jede Ihrer eigenen wird Ihnen mitgeteilt.
       *[other] Der Zustand von { $program } hat sich geändert.
    }

        { $because }

rule-changed-partner = Eine neue Regel gilt
    .body = Die Plattform hat die Regel geändert, nach der Daten herausgegeben werden. Sie gilt ab sofort für jede App, jedes Token und jede Version.

        Antworten können weniger enthalten als bisher oder mehr. Sehen Sie nach, was Ihre Apps jetzt erhalten.

rule-changed-staff = Eine andere Policy gilt
    .body = Sie wurde in Kraft gesetzt mit Eintrag { $position } des Protokolls.

delivery-failed-staff = Mitteilungen kommen nicht an
    .body = { $channel ->
        [e-mail] E-Mail war trotz vieler Versuche nicht zustellbar, zuerst für Mitteilung { $notice }.
       *[webhook] Der Webhook der Plattform nahm trotz vieler Versuche keine Mitteilungen an, zuerst Mitteilung { $notice }.
    }

        Was nicht zugestellt wurde, bleibt in den Postfächern. Siehe `bailment notices status`.

version-changed-partner = { $ends ->
        [never] Die API-Version { $version } bleibt
        [unset] Die API-Version { $version } ist ab { $since } abgekündigt
       *[set] Die API-Version { $version } endet am { $until }
    }
    .body = { $ends ->
        [never] Die API-Version { $version } ist nicht mehr abgekündigt und hat kein Ende. Was zuvor angekündigt war, gilt nicht mehr.
        [unset] Die API-Version { $version } ist ab { $since } abgekündigt. Sie funktioniert weiter; ihr Ende steht noch nicht fest und wird Ihnen mitgeteilt.
       *[set] Die API-Version { $version } endet am { $until }. Von da an wird jede Anfrage an sie abgelehnt.
    }{ $ends ->
        [never] { "" }
       *[set] { " " }Wenn Ihre Apps sie aufrufen, wechseln Sie rechtzeitig zu einer späteren.
    }

version-ending-partner = Die API-Version { $version } endet am { $until }
    .body = Die API-Version { $version } endet am { $until }. Von da an wird jede Anfrage an sie abgelehnt.

        Wenn Ihre Apps sie aufrufen, wechseln Sie rechtzeitig zu einer späteren.

version-ended-partner = Die API-Version { $version } ist beendet
    .body = Die API-Version { $version } ist beendet. Jede Anfrage an sie wird abgelehnt. Spätere Versionen gehen.

program-ending-partner = { $program } endet am { $until }
    .body = Der Versuch { $program } endet am { $until }. Jeder Zugang darüber endet in diesem Augenblick.

program-ended-partner = { $program } ist beendet
    .body = Der Versuch { $program } ist beendet, und mit ihm jeder Zugang darüber.

exception-made-person = { $program } ist geschlossen, aber { $app } darf darin bis { $until } weitermachen
    .body = Die Plattform hat { $program } geschlossen und lässt { $app } darin bis { $until } weitermachen. Sie erfahren das, weil die App etwas von Ihnen erhalten kann.

        Auf der Seite der App, unter „Privacy“, steht, warum die Plattform so entschieden hat. Dort können Sie zurücknehmen, was Sie ihr erlauben.

exception-made-partner = { $app } darf in { $program } bis { $until } weitermachen
    .body = { $program } ist geschlossen. { $app } darf darin bis { $until } weitermachen. Diese Ausnahme wird allen Betroffenen gezeigt.

exception-ending-partner = Die Ausnahme für { $app } endet am { $until }
    .body = { $program } ist geschlossen, und die Ausnahme, durch die { $app } darin weitermacht, endet am { $until }. Alles, was auf ihr beruht, endet in diesem Augenblick.

exception-ended-partner = Die Ausnahme für { $app } ist beendet
    .body = Die Ausnahme, durch die { $app } in { $program } weitermachte, ist beendet, und mit ihr alles, was auf ihr beruhte.

report-issued-partner = Bitte bestätigen Sie bis { $until }, was { $app } hat und nutzt
    .body = Die Plattform hat aufgeschrieben, was { $app } hat und was sie nutzt. Lesen und bestätigen Sie es bis { $until }.

        Eine App, deren Bericht bis dahin nicht bestätigt ist, wird eingeschränkt: Was ihr erlaubt war, behält sie, aber niemand kann ihr etwas Neues erlauben.

report-due-partner = Der Bericht über { $app } ist am { $until } fällig
    .body = Der Bericht darüber, was { $app } hat und nutzt, ist noch nicht bestätigt. Bleibt es dabei, ist die App ab { $until } eingeschränkt.

app-restricted-partner = { $app } ist eingeschränkt
    .body = Der Bericht darüber, was { $app } hat und nutzt, wurde nicht rechtzeitig bestätigt. Die App ist eingeschränkt, bis das geschehen ist.

classes-unused-partner = { $app } nutzt nicht, was sie haben darf
    .body = { $app } hat dies seit einiger Zeit nicht genutzt: { $classes }.

        Es endet am { $until }, wenn die App es nicht vorher nutzt. Brauchen Sie es nicht, lassen Sie es dabei.

classes-unused-ended-partner = { $app } hat verloren, was sie nicht nutzte
    .body = { $app } hat dies nicht genutzt, und so ist es beendet: { $classes }.

case-opened-partner = Zu { $app } wurde ein Fall eröffnet
    .body = Die Plattform hat zu { $app } den Fall { $case } eröffnet. Sie können lesen, was Ihnen davon gezeigt wird. Wird er gegen Sie entschieden, können Sie Einspruch erheben.

case-decided-partner = Der Fall zu { $app } wurde entschieden
    .body = { $outcome ->
        [unfounded] Der Fall { $case } zu { $app } wurde entschieden: Es war nichts zu beanstanden.
        [warned] Der Fall { $case } zu { $app } wurde mit einer Verwarnung entschieden.
        [suspended] Der Fall { $case } zu { $app } wurde entschieden: Die App wurde gesperrt.
        [removed] Der Fall { $case } zu { $app } wurde entschieden: Die App wurde entfernt.
       *[other] Der Fall { $case } zu { $app } wurde entschieden.
    }

        { $outcome ->
            [unfounded] Sie können die Gründe lesen.
           *[other] Sie können die Gründe lesen und einmal Einspruch erheben.
        }

case-appealed-staff = Ein Partner erhebt Einspruch
    .body = Der Partner von { $app } erhebt Einspruch gegen die Entscheidung im Fall { $case }.

appeal-decided-partner = Über Ihren Einspruch zu { $app } wurde entschieden
    .body = { $outcome ->
        [upheld] Im Fall { $case } zu { $app } hatten Sie recht.
       *[dismissed] Im Fall { $case } zu { $app } bleibt es bei der Entscheidung.
    }

finding-raised-staff = Etwas wurde bemerkt: { $finding ->
        [probe-passed] Eine Zugangsprobe, die scheitern muss, kam durch
        [probe-silent] Die Zugangsproben sind verstummt
        [upstream-type] Antworten der Plattform weichen vom Katalog ab
       *[other] { $finding }
    }
    .body = { $finding ->
        [probe-passed] Eine Zugangsprobe, die scheitern muss, wurde angenommen. Das ist ernst: Jemand kann erhalten, was er nicht darf.
        [probe-silent] Der Prober kann nicht versuchen, was er versuchen müsste, und nichts, was gilt, sagt warum: Bis er es kann, zeigt nichts, dass dieser Zugang noch scheitert.
        [upstream-type] Eine Antwort der Plattform enthält etwas, das der Katalog nicht beschreibt. Es wurde weggelassen, und keine App hat es erhalten. Wo, steht in der Notiz des Eintrags.
       *[other] Eine Kontrolle hat „{ $finding }“ bemerkt.
    } Es ist Eintrag { $position } des Protokolls.

app-reported-staff = Jemand hat { $app } gemeldet
    .body = Jemand hat { $app } gemeldet. Es ist Eintrag { $position } des Protokolls.

apps-suspended-partner = { $count ->
        [one] Eine Ihrer Apps wurde gesperrt
       *[other] { $count } Ihrer Apps wurden gesperrt
    }
    .body = { $count ->
        [one] Eine App von { $partner } wurde zusammen mit anderen gesperrt. Sie erhält
       *[other] { $count } Apps von { $partner } wurden zusammen mit anderen gesperrt. Sie erhalten
    } nichts, bis das aufgehoben ist. Widerrufen und Löschen gehen weiter.

        { $because }

suspension-lifted-partner = { $count ->
        [one] Die Sperre einer Ihrer Apps wurde aufgehoben
       *[other] Die Sperre von { $count } Ihrer Apps wurde aufgehoben
    }
    .body = { $count ->
        [one] Eine App von { $partner }, die zusammen mit anderen gesperrt war, darf wieder Daten erhalten
       *[other] { $count } Apps von { $partner }, die zusammen mit anderen gesperrt waren, dürfen wieder Daten erhalten
    }, soweit Vereinbarungen, Verwaltende und Personen es erlauben. Was aus einem anderen Grund gesperrt ist, bleibt es.

anonymise-due-partner = Was { $app } erhielt, muss bis zum { $until } anonymisiert sein
    .body = Nach der Vereinbarung { $agreement } für { $app } und { $program } wird bis zum { $until } anonymisiert, was auf ihrer Grundlage empfangen wurde. Sie umfasst: { $classes }.

        Das gilt für jede Kopie und für alle, die in Ihrem Auftrag damit arbeiten. Es gilt auch, wenn die Vereinbarung zu Ende ist oder eine andere auf sie folgt.

anonymise-due-staff = Was { $app } erhielt, muss bis zum { $until } anonymisiert sein
    .body = { $partner } hat zugesagt, bis zum { $until } zu anonymisieren, was { $app } auf Grundlage der Vereinbarung { $agreement } für { $program } erhielt. Sie umfasst: { $classes }.

        Auch der Partner erfährt das. Nur er kann zeigen, dass es geschehen ist: Fragen Sie rechtzeitig, wie.

anonymise-term-partner = Die Frist zum Anonymisieren für { $app } ist abgelaufen
    .body = Was auf Grundlage der Vereinbarung { $agreement } für { $app } und { $program } empfangen wurde, musste bis zum { $until } anonymisiert sein. Sie umfasst: { $classes }.

        Ist etwas übrig, anonymisieren Sie es jetzt und sagen Sie es der Plattform. Daten, die nicht wie zugesagt anonymisiert wurden, sind ein Grund, eine App zu sperren.

anonymise-term-staff = Die Frist zum Anonymisieren für { $app } ist abgelaufen
    .body = { $partner } hat zugesagt, bis zum { $until } zu anonymisieren, was { $app } auf Grundlage der Vereinbarung { $agreement } für { $program } erhielt. Sie umfasst: { $classes }.

        Lassen Sie sich zeigen, dass es geschehen ist. Von selbst endet hier nichts.

retention-due-partner = Was { $app } erhielt, darf bis zum { $until } aufbewahrt werden
    .body = Die Vereinbarung { $agreement } für { $app } und { $program } ist zu Ende. Was auf ihrer Grundlage zuletzt empfangen wurde, darf bis zum { $until } aufbewahrt werden: { $classes }.

        Was früher kam, muss früher gelöscht werden: Die vereinbarten Tage zählen vom Empfang an.

retention-due-staff = { $app } darf bis zum { $until } aufbewahren, was sie erhielt
    .body = Die Vereinbarung { $agreement } für { $app } und { $program } ist zu Ende. Bis zum { $until } muss { $partner } das Letzte gelöscht haben, was auf ihrer Grundlage empfangen wurde: { $classes }.

        Auch der Partner erfährt das. Nur er kann zeigen, dass es geschehen ist: Fragen Sie rechtzeitig, wie.

retention-term-partner = Was { $app } auf Grundlage einer Vereinbarung erhielt, darf nicht länger aufbewahrt werden
    .body = Die Vereinbarung { $agreement } für { $app } und { $program } ist zu Ende, und was auf ihrer Grundlage zuletzt empfangen wurde, durfte bis zum { $until } aufbewahrt werden: { $classes }.

        Ist etwas übrig, löschen Sie jetzt jede Kopie und sagen Sie es der Plattform.

retention-term-staff = { $app } darf nicht länger aufbewahren, was sie auf Grundlage einer Vereinbarung erhielt
    .body = Bis zum { $until } musste { $partner } löschen, was { $app } auf Grundlage der Vereinbarung { $agreement } für { $program } erhielt: { $classes }.

        Lassen Sie sich zeigen, dass es geschehen ist. Von selbst endet hier nichts.
