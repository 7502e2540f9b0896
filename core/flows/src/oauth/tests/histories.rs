//! Random histories against an obvious model: lists of everything ever issued, and flags that endings set one by one.

use super::*;
use model::{PersonNo, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

struct CodeMade {
    text: String,
    app: AppNo,
    grant: usize,
    expires_at: Timestamp,
    family: Option<usize>,
    dead: bool,
}

struct FamilyMade {
    app: AppNo,
    grant: usize,
    /// Refresh tokens in order; the last one is current.
    tokens: Vec<String>,
    rotated_at: Timestamp,
    ended: bool,
    /// Cut off: no refresh token of it works, access tokens each have their own flag.
    dead: bool,
}

struct GrantMade {
    app: AppNo,
    person: PersonNo,
    classes: String,
    ended: bool,
}

struct AccessMade {
    token: Secret<String>,
    app: AppNo,
    family: Option<usize>,
    installation: Option<InstallationNo>,
    expires_at: Timestamp,
    dead: bool,
}

/// What happened, as somebody would keep it on paper.
#[derive(Default)]
struct Paper {
    grants: Vec<GrantMade>,
    codes: Vec<CodeMade>,
    families: Vec<FamilyMade>,
    access: Vec<AccessMade>,
    suspended: BTreeSet<AppNo>,
    installed: Option<InstallationNo>,
}

impl Paper {
    fn works(&self, token: &AccessMade, now: Timestamp) -> bool {
        let chain = match token.family {
            Some(family) => {
                let family = &self.families[family];
                !family.ended && !self.grants[family.grant].ended
            }
            None => token.installation.is_some() && token.installation == self.installed,
        };
        chain && !token.dead && now < token.expires_at && !self.suspended.contains(&token.app)
    }

    fn kill(&mut self, of: impl Fn(AppNo, Option<PersonNo>, Option<usize>) -> bool) {
        let grants = &self.grants;
        let hit = |app, grant: usize| of(app, Some(grants[grant].person), Some(grant));
        for code in self.codes.iter_mut().filter(|code| hit(code.app, code.grant)) {
            code.dead = true;
        }
        for token in &mut self.access {
            let dies = match token.family {
                Some(family) => hit(token.app, self.families[family].grant),
                None => of(token.app, None, None),
            };
            token.dead |= dies;
        }
        for family in self.families.iter_mut().filter(|family| hit(family.app, family.grant)) {
            family.dead = true;
        }
    }
}

struct History {
    world: World,
    paper: Paper,
}

fn pick(from: u16, len: usize) -> Option<usize> {
    usize::from(from).checked_rem(len)
}

impl History {
    fn remember(&mut self, response: &TokenResponse, app: AppNo, family: Option<usize>) {
        let expires_at = self.world.opens(&response.access_token).unwrap().expires_at;
        let installation = self.paper.installed.filter(|_| family.is_none());
        let token = response.access_token.clone();
        let made = AccessMade { token, app, family, installation, expires_at, dead: false };
        self.paper.access.push(made);
    }

    fn authorize(&mut self, app: AppNo, person: PersonNo, wide: bool) {
        if self.paper.suspended.contains(&app) {
            let choice = self.world.choice(person);
            assert!(self.world.give(&World::query(app, ""), &choice).is_err());
            return;
        }
        let classes =
            if wide { "group.name member.name post.content" } else { "group.name post.content" };
        let mut choice = self.world.choice(person);
        choice.classes = self.world.classes(classes);
        let begun = self.world.now;
        let url = self.world.give(&World::query(app, ""), &choice).unwrap();
        let url = url::Url::parse(url.expose()).unwrap();
        let code = url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let same = |one: &GrantMade| one.app == app && one.person == person && !one.ended;
        let grant = match self.paper.grants.iter().position(same) {
            Some(grant) => grant,
            None => {
                let classes = String::new();
                self.paper.grants.push(GrantMade { app, person, classes, ended: false });
                self.paper.grants.len() - 1
            }
        };
        self.paper.grants[grant].classes = classes.to_owned();
        let expires_at = begun.plus(limits::CODE_LIFETIME);
        let made = CodeMade { text: code, app, grant, expires_at, family: None, dead: false };
        self.paper.codes.push(made);
    }

    fn redeem(&mut self, at: usize) {
        let code = &self.paper.codes[at];
        let (app, grant, text) = (code.app, code.grant, code.text.clone());
        let active = !self.paper.suspended.contains(&app);
        if let Some(family) = code.family {
            assert!(self.world.redeem(app, &text).is_err());
            self.paper.families[family].ended |= active;
            return;
        }
        let good = active
            && !code.dead
            && self.world.now < code.expires_at
            && !self.paper.grants[grant].ended;
        let found = self.world.redeem(app, &text);
        assert_eq!(found.is_ok(), good, "{:?}", found.err());
        let Ok(response) = found else { return };
        assert_eq!(response.scope.to_string(), self.paper.grants[grant].classes);
        let tokens = vec![refresh_of(&response)];
        let rotated_at = self.world.now;
        let made = FamilyMade { app, grant, tokens, rotated_at, ended: false, dead: false };
        self.paper.families.push(made);
        let family = self.paper.families.len() - 1;
        self.paper.codes[at].family = Some(family);
        self.remember(&response, app, Some(family));
    }

    fn refresh(&mut self, at: usize, which: u16) {
        let family = &self.paper.families[at];
        let (app, grant) = (family.app, family.grant);
        let which = pick(which, family.tokens.len()).unwrap();
        let current = family.tokens.len() - 1;
        let text = family.tokens[which].clone();
        let before = family.tokens[current].clone();
        let stands = !self.paper.suspended.contains(&app)
            && !self.paper.grants[grant].ended
            && !family.ended
            && !family.dead;
        let soon = self.world.now.since(family.rotated_at) <= limits::REFRESH_REPEAT;
        let good = which == current || which + 1 == current && soon;
        let found = self.world.refresh(app, &text);
        assert_eq!(found.is_ok(), stands && good, "{:?}", found.err());
        let Ok(response) = found else {
            self.paper.families[at].ended |= stands;
            return;
        };
        assert_eq!(response.scope.to_string(), self.paper.grants[grant].classes);
        let next = refresh_of(&response);
        if which == current && app == PUBLIC {
            let family = &mut self.paper.families[at];
            assert!(!family.tokens.contains(&next), "a successor is new");
            family.tokens.push(next);
            family.rotated_at = self.world.state.time();
        } else {
            assert_eq!(next, before, "the same successor, or the token that stays");
        }
        self.remember(&response, app, Some(at));
    }

    fn revoke(&mut self, at: usize) {
        let token = &self.paper.access[at];
        let (app, family, text) = (token.app, token.family, token.token.expose().clone());
        let is_over = token.dead || token.expires_at <= self.world.now;
        // Another client's wish is no wish.
        let other = if app == PUBLIC { CONFIDENTIAL } else { PUBLIC };
        let next = self.world.state.next();
        revoked(&mut self.world, other, &text);
        assert_eq!(self.world.state.next(), next);
        revoked(&mut self.world, app, &text);
        match family {
            Some(family) => self.paper.families[family].ended |= !is_over,
            None if is_over => {}
            None => {
                let of = token.installation;
                self.paper
                    .access
                    .iter_mut()
                    .filter(|one| one.installation == of && of.is_some())
                    .for_each(|one| one.dead = true);
            }
        }
    }

    fn cut_off(&mut self, kind: u16, app: AppNo, person: PersonNo) {
        match kind % 6 {
            0 => {
                cut_off(&mut self.world, CutOffSubject::Platform);
                self.paper.kill(|_, _, _| true);
            }
            1 => {
                cut_off(&mut self.world, CutOffSubject::App(app));
                self.paper.kill(|one, _, _| one == app);
            }
            2 => {
                cut_off(&mut self.world, CutOffSubject::Person(person));
                self.paper.kill(|_, one, _| one == Some(person));
            }
            3 => {
                cut_off(&mut self.world, CutOffSubject::PersonApp(person, app));
                self.paper.kill(|a, p, _| a == app && p == Some(person));
            }
            4 => {
                let Some(grant) = pick(kind / 6, self.paper.grants.len()) else { return };
                let no = GrantNo(u32::try_from(grant).unwrap());
                cut_off(&mut self.world, CutOffSubject::Grant(no));
                self.paper.kill(|_, _, one| one == Some(grant));
            }
            _ => {
                cut_off(&mut self.world, CutOffSubject::Credential(CREDENTIAL));
                for token in self.paper.access.iter_mut().filter(|t| t.app == CONFIDENTIAL) {
                    token.dead = true;
                }
            }
        }
    }

    fn suspend(&mut self, app: AppNo) {
        let suspended = self.paper.suspended.remove(&app);
        let status = if suspended { AppStatus::Active } else { AppStatus::Suspended };
        if !suspended {
            self.paper.suspended.insert(app);
        }
        self.world.happen(Event::AppStatusChanged(AppStatusChanged { app, status, why: why() }));
    }

    fn installation(&mut self, ends: bool) {
        let ask = |installation: InstallationNo| {
            format!("grant_type=client_credentials&installation={installation}")
        };
        match (self.paper.installed, ends) {
            (None, _) if self.paper.suspended.contains(&CONFIDENTIAL) => {}
            (None, _) => self.paper.installed = Some(install(&mut self.world, CONFIDENTIAL)),
            (Some(installation), true) => {
                let app = CONFIDENTIAL;
                let event = ledger::InstallationEnded { installation, app, why: why() };
                self.world.happen(Event::InstallationEnded(event));
                assert!(self.world.exchange(CONFIDENTIAL, &ask(installation)).is_err());
                self.paper.installed = None;
            }
            (Some(installation), false) => {
                let found = self.world.exchange(CONFIDENTIAL, &ask(installation));
                assert_eq!(found.is_ok(), !self.paper.suspended.contains(&CONFIDENTIAL));
                if let Ok(response) = found {
                    self.remember(&response, CONFIDENTIAL, None);
                }
            }
        }
    }

    fn step(&mut self, (kind, a, b): (u8, u16, u16)) {
        let app = if a % 2 == 0 { CONFIDENTIAL } else { PUBLIC };
        let person = if b % 2 == 0 { ADA } else { BOB };
        match kind % 24 {
            0..=4 => self.authorize(app, person, a % 3 == 0),
            5..=8 => {
                if let Some(at) = pick(a, self.paper.codes.len()) {
                    self.redeem(at);
                }
            }
            // Mostly the latest, as clients do.
            9..=11 => {
                if let Some(at) = self.paper.codes.iter().rposition(|code| code.family.is_none()) {
                    self.redeem(at);
                }
            }
            12..=15 => {
                if let Some(at) = pick(a, self.paper.families.len()) {
                    let last = u16::try_from(self.paper.families[at].tokens.len() - 1).unwrap();
                    let which = [b / 4, last.saturating_sub(1), last, last][usize::from(b % 4)];
                    self.refresh(at, which);
                }
            }
            16 => {
                if let Some(at) = pick(a, self.paper.access.len()) {
                    self.revoke(at);
                }
            }
            17 => self.cut_off(a, app, person),
            18 => {
                if let Some(at) = pick(a, self.paper.grants.len()) {
                    if !self.paper.grants[at].ended {
                        let no = GrantNo(u32::try_from(at).unwrap());
                        end_grant(&mut self.world, no, self.paper.grants[at].app);
                    }
                    self.paper.grants[at].ended = true;
                }
            }
            19 => self.suspend(app),
            20 | 21 => self.installation(a % 8 == 0),
            22 => {
                let around = limits::REFRESH_REPEAT.0 - 2 + u64::from(a % 5);
                let millis = if b % 2 == 0 { u64::from(a) % 12_000 } else { around };
                self.world.now = self.world.now.plus(Millis(millis));
            }
            _ => self.world.now = self.world.now.plus(Millis::minutes(u64::from(a) % 40)),
        }
    }

    fn check(&self) {
        for token in &self.paper.access {
            let expected = self.paper.works(token, self.world.now);
            let found = self.world.opens(&token.token);
            assert_eq!(found.is_ok(), expected, "{found:?}");
            if token.app == CONFIDENTIAL {
                assert_eq!(is_active(&self.world, token.token.expose()), expected);
            } else {
                assert!(!is_active(&self.world, token.token.expose()), "another client's");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]
    #[test]
    fn no_token_works_after_its_chain_ended(
        steps in proptest::collection::vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..70),
    ) {
        let mut history = History { world: World::new(), paper: Paper::default() };
        for step in steps {
            history.step(step);
            history.check();
        }
    }
}
