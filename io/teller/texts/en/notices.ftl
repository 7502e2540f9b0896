# Each notice: its subject, and its body. Plain words, short sentences, no names that are not given.

date = { $day } { $month } { $year }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

an-app = an app
a-partner = a partner
a-group = one of your groups
a-program = a program
a-credential = a credential
no-classes = nothing about people
unknown-classes = something that the catalog does not name any more
because = { $reason ->
    [data-taken-improperly] Reason: data was taken improperly.
    [not-anonymised] Reason: data was not anonymised as promised.
    [malware] Reason: malware.
    [terms] Reason: breach of the terms.
    [own-wish] Reason: the partner’s own wish.
    [incident] Reason: an incident.
   *[other] No reason was given here; ask the platform for it.
}
letter-person = You can read this and earlier messages, and change what apps may see, at { $home }
letter-partner = The platform sends you this because you are its partner. Answers to this letter are not read. Your apps, reports and cases are read, acknowledged and appealed through the partner API, which is described at { $home }/partner/v1/openapi.json
letter-staff = You can read this and earlier messages at { $home }/staff/messages

app-enabled-person = { $app } was enabled in { $group }
    .body = An admin of { $group } enabled { $app }, an app of { $partner }.

        It may see there: { $classes }.

        What is about you and needs your own choice stays hidden from it until you choose. You can look at that, and change it, at any time under Privacy.

installation-lapsed-person = { $app } lost its access to { $group }
    .body = The last admin who stood behind { $app } is no admin of { $group } any more. So the app receives nothing from the group since then.

        If you want to keep it, confirm it under “Apps in my groups”. If you do nothing, it stays without access.

installation-lapsed-partner = An installation of { $app } has lapsed
    .body = No admin stands behind installation { $installation } of { $app } any more. It receives nothing since then, and its tokens are dead.

        Another admin of the group may confirm it. You need new tokens then.

installation-ended-person = { $app } was disabled in { $group }
    .body = { $app } was disabled in { $group }. Its access to the group has ended, and so has what members had allowed it there.

installation-ended-partner = An installation of { $app } has ended
    .body = Installation { $installation } of { $app } has ended. It receives nothing since then, and its tokens are dead.

installation-narrowed-person = { $app } may see less in { $group }
    .body = An admin took something away from { $app } in { $group }. It may see there from now on: { $classes }.

installation-narrowed-partner = An installation of { $app } was narrowed
    .body = An admin took something away from installation { $installation } of { $app }. It covers from now on: { $classes }.

agreement-ending-partner = An agreement of { $app } ends on { $until }
    .body = Agreement { $agreement } of { $app } for { $program } ends on { $until }. It covers: { $classes }.

        Everything through it ends at that instant. Ask the platform for a new agreement in time.

agreement-ended-partner = An agreement of { $app } has ended
    .body = Agreement { $agreement } of { $app } for { $program } has ended. It covered: { $classes }.

        Everything through it has ended with it.

certification-ending-partner = A certification of { $app } runs out on { $until }
    .body = Certification { $certification } of { $app } runs out on { $until }. It covers: { $classes }.

        These go dark for the app at that instant. Certify them again in time.

certification-ended-partner = A certification of { $app } has run out
    .body = Certification { $certification } of { $app } holds no more. It covered: { $classes }.

        These are dark for the app until you certify them again.

credential-ending-partner = A credential of { $app } expires on { $until }
    .body = The credential “{ $credential }” of { $app } expires on { $until }, and the app has no later one.

        Ask the platform for a new one and change over before that day. Both work meanwhile.

credential-ended-partner = A credential of { $app } has ended
    .body = The credential “{ $credential }” of { $app } works no more. If that was not meant, ask the platform at once.

app-status-changed-partner = { $app } is { $status ->
        [active] active again
        [suspended] suspended
        [removed] removed
       *[other] in another status
    }
    .body = { $status ->
        [active] { $app } may receive data again, where agreements, admins and people allow it.
        [suspended] { $app } receives nothing until it is reinstated, and nobody new can allow it anything. Withdrawing and deleting still work.
        [removed] { $app } was removed for good. Everything that people and admins had allowed it has ended.
       *[other] The status of { $app } has changed.
    }

        { $because }

partner-status-changed-partner = Your registration is { $status ->
        [active] active again
        [suspended] suspended
        [revoked] revoked
        [surrendered] surrendered
       *[other] in another status
    }
    .body = { $status ->
        [active] The apps of { $partner } may receive data again, where agreements, admins and people allow it.
        [suspended] The apps of { $partner } receive nothing until the registration is reinstated, and nobody new can allow them anything. Withdrawing and deleting still work.
        [revoked] The platform has ended the registration of { $partner }. Everything that people and admins had allowed its apps has ended.
        [surrendered] The registration of { $partner } was given back. Everything that people and admins had allowed its apps has ended.
       *[other] The status of { $partner } has changed.
    }

        { $because }

program-status-changed-partner = { $program } is { $status ->
        [draft] not open
        [live] open
        [restricted] restricted
        [closed] closed
        [experimental] open as an experiment
       *[other] in another status
    }
    .body = { $status ->
        [draft] { $program } is not open for anybody yet.
        [live] { $program } is open for apps with an agreement.
        [restricted] { $program } stays open for what exists. Nobody new can allow an app anything in it.
        [experimental] { $program } is open until an end that was set. The number of people in it can be limited.
        [closed] { $program } was closed. Every access through it has ended, except for apps that the platform made an exception for; you are told of each of yours.
       *[other] The status of { $program } has changed.
    }

        { $because }

rule-changed-partner = A new rule is in force
    .body = The platform has changed the rule by which data leaves. It holds from now on for every app, token and version.

        Answers may hold less than before, or more. Look at what your apps receive now.

rule-changed-staff = Another policy is in force
    .body = It was activated with entry { $position } of the log.

delivery-failed-staff = Notices do not arrive
    .body = { $channel ->
        [e-mail] E-mail could not be delivered in spite of many attempts, first for notice { $notice }.
       *[webhook] The platform’s webhook took no notices in spite of many attempts, first notice { $notice }.
    }

        What could not be delivered stays in the inboxes. See `bailment notices status`.

version-changed-partner = { $ends ->
        [never] API version { $version } goes on
        [unset] API version { $version } is deprecated from { $since } on
       *[set] API version { $version } ends on { $until }
    }
    .body = { $ends ->
        [never] API version { $version } is not deprecated any more, and has no end. What was announced before is called off.
        [unset] API version { $version } is deprecated from { $since } on. It goes on working; its end is not set, and you are told when it is.
       *[set] API version { $version } ends on { $until }. From then on every request to it is refused.
    }{ $ends ->
        [never] { "" }
       *[set] { " " }If your apps call it, change over to a later version in time.
    }

version-ending-partner = API version { $version } ends on { $until }
    .body = API version { $version } ends on { $until }. From then on every request to it is refused.

        If your apps call it, change over to a later version in time.

version-ended-partner = API version { $version } has ended
    .body = API version { $version } has ended. Every request to it is refused. Later versions work.

program-ending-partner = { $program } ends on { $until }
    .body = The experiment { $program } ends on { $until }. Every access through it ends at that instant.

program-ended-partner = { $program } has ended
    .body = The experiment { $program } has ended, and every access through it with it.

exception-made-person = { $program } is closed, but { $app } may go on in it until { $until }
    .body = The platform has closed { $program }, and lets { $app } go on in it until { $until }. You are told because the app may receive something of yours.

        The page of the app, under Privacy, says why the platform decided so. There you can take back what you allow it.

exception-made-partner = { $app } may go on in { $program } until { $until }
    .body = { $program } is closed. { $app } may go on in it until { $until }. Everybody concerned is shown this exception.

exception-ending-partner = The exception for { $app } ends on { $until }
    .body = { $program } is closed, and the exception by which { $app } goes on in it ends on { $until }. Everything through it ends at that instant.

exception-ended-partner = The exception for { $app } has ended
    .body = The exception by which { $app } went on in { $program } has ended, and everything through it with it.

report-issued-partner = Please acknowledge what { $app } holds and uses, by { $until }
    .body = The platform has written down what { $app } holds and what it uses. Read it and acknowledge it by { $until }.

        An app whose report is not acknowledged by then is restricted: it goes on with what it was allowed, but nobody can allow it anything new.

report-due-partner = The report on { $app } is due on { $until }
    .body = The report on what { $app } holds and uses is not acknowledged yet. The app is restricted from { $until } on if it stays so.

app-restricted-partner = { $app } is restricted
    .body = The report on what { $app } holds and uses was not acknowledged by its term. The app is restricted until it is.

classes-unused-partner = { $app } does not use what it may have
    .body = { $app } has not used this for some time: { $classes }.

        It ends on { $until } unless the app uses it before. If you do not need it, leave it.

classes-unused-ended-partner = { $app } has lost what it did not use
    .body = { $app } has not used this, so it has ended: { $classes }.

case-opened-partner = A case about { $app } was opened
    .body = The platform has opened case { $case } about { $app }. You can read what of it is shown to you. Once it is decided against you, you can appeal.

case-decided-partner = The case about { $app } was decided
    .body = { $outcome ->
        [unfounded] Case { $case } about { $app } was decided: nothing was wrong.
        [warned] Case { $case } about { $app } was decided with a warning.
        [suspended] Case { $case } about { $app } was decided: the app was suspended.
        [removed] Case { $case } about { $app } was decided: the app was removed.
       *[other] Case { $case } about { $app } was decided.
    }

        { $outcome ->
            [unfounded] You can read the reasons.
           *[other] You can read the reasons, and appeal once.
        }

case-appealed-staff = A partner appeals
    .body = The partner of { $app } appeals against how case { $case } was decided.

appeal-decided-partner = Your appeal about { $app } was decided
    .body = { $outcome ->
        [upheld] In case { $case } about { $app } you were right.
       *[dismissed] In case { $case } about { $app } the decision stands.
    }

finding-raised-staff = Something was found: { $finding ->
        [probe-passed] a probe passed that must fail
        [probe-silent] the prober has fallen silent
        [upstream-type] the platform's answers differ from the catalog
       *[other] { $finding }
    }
    .body = { $finding ->
        [probe-passed] A credential that must fail was accepted. This is grave: somebody may receive what they must not.
        [probe-silent] The prober cannot try what it should, and nothing in force says why: until it can, nothing shows that this access still fails.
        [upstream-type] An answer of the platform holds something that the catalog does not describe. It was dropped, and no app received it. The entry's note says where.
       *[other] A control has found “{ $finding }”.
    } It is entry { $position } of the log.

app-reported-staff = A person has reported { $app }
    .body = A person has reported { $app }. It is entry { $position } of the log.

apps-suspended-partner = { $count ->
        [one] An app of yours was suspended
       *[other] { $count } of your apps were suspended
    }
    .body = { $count ->
        [one] An app of { $partner } was suspended together with others. It receives
       *[other] { $count } apps of { $partner } were suspended together with others. They receive
    } nothing until that is lifted. Withdrawing and deleting still work.

        { $because }

suspension-lifted-partner = { $count ->
        [one] The suspension of an app of yours was lifted
       *[other] The suspension of { $count } of your apps was lifted
    }
    .body = { $count ->
        [one] An app of { $partner } that was suspended together with others may receive data again
       *[other] { $count } apps of { $partner } that were suspended together with others may receive data again
    }, where agreements, admins and people allow it. What is suspended for another reason stays so.

anonymise-due-partner = What { $app } received must be anonymised by { $until }
    .body = Agreement { $agreement } of { $app } for { $program } says that what was received under it is anonymised by { $until }. It covers: { $classes }.

        That holds for every copy, and for whoever works with it on your behalf. It holds, too, where the agreement is over or another one follows it.

anonymise-due-staff = What { $app } received must be anonymised by { $until }
    .body = { $partner } promised to anonymise by { $until } what { $app } received under agreement { $agreement } for { $program }. It covers: { $classes }.

        The partner is told, too. Only the partner can show that it was done: ask in time how.

anonymise-term-partner = The term to anonymise what { $app } received is over
    .body = What was received under agreement { $agreement } of { $app } for { $program } had to be anonymised by { $until }. It covers: { $classes }.

        If something is left, anonymise it now and tell the platform. Data that was not anonymised as promised is a reason to suspend an app.

anonymise-term-staff = The term to anonymise what { $app } received is over
    .body = { $partner } promised to anonymise by { $until } what { $app } received under agreement { $agreement } for { $program }. It covers: { $classes }.

        Ask the partner to show that it was done. Nothing ends by itself here.

retention-due-partner = What { $app } received may be kept until { $until }
    .body = Agreement { $agreement } of { $app } for { $program } is over. What was received under it last may be kept until { $until }: { $classes }.

        What came earlier must be deleted earlier: the days that were agreed count from when it was received.

retention-due-staff = { $app } may keep what it received until { $until }
    .body = Agreement { $agreement } of { $app } for { $program } is over. By { $until } { $partner } must have deleted the last of what was received under it: { $classes }.

        The partner is told, too. Only the partner can show that it was done: ask in time how.

retention-term-partner = What { $app } received under an agreement may be kept no longer
    .body = Agreement { $agreement } of { $app } for { $program } is over, and what was received under it last could be kept until { $until }: { $classes }.

        If something is left, delete it now, every copy, and tell the platform.

retention-term-staff = { $app } may keep no longer what it received under an agreement
    .body = By { $until } { $partner } had to delete what { $app } received under agreement { $agreement } for { $program }: { $classes }.

        Ask the partner to show that it was done. Nothing ends by itself here.
