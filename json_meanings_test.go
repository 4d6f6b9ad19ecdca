package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kisiflow/gymflow"
)

// memberStatus gives a desk's member another status.
func memberStatus(status string) func(*gymflow.Member) {
	return func(member *gymflow.Member) { member.Holdings[0].Status = gymflow.Status(status) }
}

// printedBy says which calls print a document.
func printedBy() map[string]string {
	return map[string]string{
		"activity": "`activity --json`, newest first", "backup": "`backup FILE --json`", "doctor": "`doctor --json`", "explain": "`explain WHO --json`",
		"hooks": "`hooks --json`", "doors": "`doors --json`", "unlocks": "`unlocks WHO --json`", "members": "`members --json`, one row a member of the last roster", "override": "`override WHO --json`",
		"plan": "`plan --json` and `setup --no-input --json`", "plan-at": "`plan --at INSTANT --json`", "restore": "`restore FILE --json`",
		"run":     "`sync --json`, `undo RUN --json` and `demo --no-input --json`, whenever the run got as far as a plan",
		"service": "`service install --json` and `service remove --json`", "service-print": "`service print --json`",
		"service-status": "`service status --json`", "setup-audit": "`setup --no-input --audit --json` on an integration that is set up",
		"setup-key": "`setup --no-input --kisi-key-file FILE --json` on an integration that is set up", "sim": "`sim`, one line", "status": "`status --json`",
	}
}

// jsonPage is docs/json.md.
func jsonPage() string {
	var page strings.Builder
	page.WriteString("# The JSON that kisiflow prints\n\nEvery command that shows something takes `--json` and prints one document on standard output. " +
		"Errors stay on standard error, and the exit code is the same. Instants are RFC 3339. Fields may be added in later versions; none is taken away or " +
		"changes its meaning. The schemas under `docs/schema` are OpenAPI 3.0 schema objects and allow exactly what this version prints.\n")
	kinds, calls := documents(), printedBy()
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		fmt.Fprintf(&page, "\n## %s\n\nPrinted by %s. Schema: [schema/%s.json](schema/%s.json).\n\n| field | meaning |\n| --- | --- |\n", name, calls[name], name, name)
		fields := fieldsOf(kinds[name])
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			fmt.Fprintf(&page, "| `%s` | %s |\n", field, fields[field])
		}
	}
	return page.String()
}

// fieldMeanings says what a field means, in whichever document it stands.
func fieldMeanings() map[string]string {
	return map[string]string{
		"active": "active, activating, inactive or failed, as systemd says", "after": "what is so now", "approve": "the fingerprint for `sync --approve`",
		"at": "when", "audit": "nothing is changed in Kisi", "before": "what was so before", "by": "who did it",
		"change": "what is done to it", "changes": "what dates alone begin or end, by time", "checked_at": "when the key was looked at",
		"checks": "what was looked at", "compared": "who should have access, and who does, in access rights", "detail": "the evidence in a sentence; of a service, systemd's own word",
		"mapped": "a membership is associated with the group", "locked_down": "it is locked down", "configured": "the lock is set up", "online": "null when Kisi does not tell",
		"groups_read": "the door's groups are known", "doors": "the place's doors", "door": "the door", "opened": "it opened", "code": "Kisi's code of a refusal", "mends": "what mends it",
		"with": "app, card, or what Kisi calls it", "member": "the member's id in Gymflow", "in_kisi": "somebody in Kisi is this member", "partial": "Kisi had more events than are read",
		"events":  "unlocks, newest first",
		"died_at": "when Kisi refused the key first; null while it works", "died_why": "what was refused, and what to do",
		"disabled_due_to_error": "Kisi switched the webhook off after errors", "disabled_due_to_error_at": "when it did; null while it is on",
		"do_and_should_not": "access without a membership that opens the group, of members and others", "done": "what was done, in sentences",
		"email": "the e-mail address", "enabled": "it is switched on; of a service, it starts by itself", "entitled": "the groups that are deserved now",
		"evidence": "why; of a removal in a plan, strong or weak", "exit": "the exit code that it stands for", "failed": "members who failed",
		"file": "the file", "fingerprint": "names the removals of the plan; never empty", "finished": "when the run ended", "fix": "what to do about the reason",
		"foreign": "access rights in the groups that are not kisiflow's", "from": "from when, or from which file", "gains": "access begins; as a number, how many do",
		"grant": "access rights to give", "granted": "access rights given", "grants": "access rights to give, by name", "group": "the access group's name",
		"group_id": "the access group's id in Kisi", "groups": "access groups; of a member, those in which a right is in force now",
		"gymflow": "the gym in Gymflow; of requests, how many went there; of hooks, the address for Gymflow", "gymflow_token": "the simulated Gymflow's token", "gymflow_url": "the simulated Gymflow's address",
		"held": "removals that wait for the admin; of a plan, whether they would", "held_because": "why they wait, in sentences", "holder": "who is at work",
		"gymflow_as_of": "from when the members read last are, by Gymflow's own word; of a roster file, its time; null before the first",
		"watcher":       "the kisiflow watch that keeps both sides in step; empty when none gives signs of life",
		"id":            "the id", "identity": "the identity file: its copy, or whether one was taken along", "in_step": "the last reading left nothing undone",
		"in_step_at": "when that was so last; null when never", "installed": "the unit is there", "keep": "access rights that stay", "kept": "access rights that stay; of a restore, the file that was replaced",
		"kept_identity": "the replaced file's identity file", "key": "the Kisi key", "kind": "what happened", "kisi": "the address for Kisi", "kisi_key": "the simulated Kisi's key",
		"kisi_read": "reading requests to Kisi, with retries", "kisi_signature_key": "the key of Kisi's signatures, when it is asked for", "kisi_url": "the simulated Kisi's address",
		"kisi_webhooks": "Kisi's event webhooks that lead here", "kisi_write": "requests that change something in Kisi", "last_run": "the newest run; null before the first",
		"last_used_at": "when the key was used last, as Kisi says", "ledger": "access rights in Kisi that are kisiflow's", "losses": "how many access rights end",
		"mails": "people to whom Kisi will send an e-mail", "member_id": "the member's id in Gymflow", "members": "members in the roster", "memberships": "memberships, with their status",
		"missing": "not in the last roster, while an access right is still there", "name": "the name", "new_users": "people whom Kisi does not know yet",
		"next_change": "when dates alone will change the access; null when they tell nothing", "notes": "what else is to be said, in sentences", "of": "whose key it is",
		"ok": "it is well", "organization": "the organization in Kisi", "outcome": "running, done, partial, held, stopped or failed", "owner": "the key is the organization's owner's",
		"pid": "the process", "place": "the place in Kisi", "place_id": "the simulated place's id", "public_url": "where others reach kisiflow",
		"questions": "what the admin must decide, in sentences", "read_at": "when Gymflow, or both sides, were read last; null when never", "reason": "why there is no plain access; null with plain access",
		"reasons": "members by reason", "released": "what no longer stands in the member's way", "requests": "what was asked of the services", "restarts": "how often systemd started it again",
		"revoke": "access rights to take away", "revoked": "access rights taken away", "revokes": "access rights to take away, by name", "right_id": "the access right's id in Kisi",
		"role": "the role of the key's person", "roster_file": "the roster file in Gymflow's place", "run": "the run's id", "running": "somebody is at work now", "says": "the service's own words",
		"seconds": "how long the writes would take", "secret": "a push secret is stored", "secret_shown": "the addresses hold the secret itself", "sentence": "the reason in a sentence",
		"sequence": "the entry's number", "set_up": "the integration is set up", "should_and_do": "access as it should be", "should_and_do_not": "access that is missing in Kisi",
		"since": "since when", "standing": "access, no access, waiting, held or problem", "standings": "members by standing", "started": "when the run began",
		"status": "the status in Gymflow", "switched_off_at": "when the integration was switched off; null while it is on", "switched_off_by": "who did that",
		"told": "what a push told that the roster file can't know; empty when nothing",
		"text": "it in a sentence, with what to do", "throttled": "how often a service asked for patience", "timeline": "what happened to the member, newest first",
		"trigger": "what began the run", "undoes": "the run that this one undid", "unit": "the unit's text", "until": "until when", "url": "the address", "user_id": "the person's id in Kisi",
		"waiting": "removals that wait for a second complete list", "warnings": "what to look at, in sentences", "why": "the reason in a sentence",
		"would_grant": "access rights that would be given, were it no audit", "would_revoke": "access rights that would be taken away, were it no audit",
		"writes": "requests that would change something", "zapier": "the address for Zapier",
	}
}
