package reconcile

import (
	"testing"

	"kisiflow/access"
)

// There: in Paid Memberships Pro a member lost a day of membership each time their profile was saved, for want of one time zone (github.com/strangerstudios/paid-memberships-pro/issues/907, 1353, 1406).
// Here: a date stays the calendar day that it is, through Gymflow, the state file and thirty runs in a zone far from UTC: the last day is whole, and the next one is out.
func TestPMPro907EverySaveLosesADay(t *testing.T) {
	w, moveTo := inZone(t, "Australia/Brisbane", "2026-03-01T00:00:00+10:00")
	w.dated("ann", "2026-01-01", "2026-03-31")
	w.confirm()
	for range 30 {
		w.sync(0)
	}
	moveTo("2026-03-31T23:59:59+10:00")
	w.sync(0)
	w.is(w.groups[0], "ann")
	if next := w.rows()["ann"].NextChange; next == nil || !next.Equal(clockAt(t, "2026-04-01T00:00:00+10:00")) {
		t.Errorf("the next change is shown as %v", next)
	}
	moveTo("2026-04-01T00:00:00+10:00")
	w.sync(0)
	w.is(w.groups[0])
	w.standsAs("ann", access.NoAccess, access.IsExpired)
}

// There: a date-only end was read as midnight UTC and then as a local day, so that west of UTC a licence ended a day early, and everywhere at the start of its last day (github.com/tldraw/tldraw/pull/9475).
// Here: an end date runs through the end of that day in the gym's own zone, neither UTC's nor the host's.
func TestTldraw9475EndDateIsMidnightUTC(t *testing.T) {
	w, moveTo := inZone(t, "America/Los_Angeles", "2026-06-25T17:00:00-07:00") // the 26th in UTC
	w.dated("ann", "2026-01-01", "2026-06-26")
	w.dated("starts", "2026-06-26", "")
	w.confirm()
	w.sync(0)
	w.is(w.groups[0], "ann")
	moveTo("2026-06-26T23:59:59-07:00") // the 27th in UTC
	w.sync(0)
	w.is(w.groups[0], "ann", "starts")
	moveTo("2026-06-27T00:00:00-07:00")
	w.sync(0)
	w.is(w.groups[0], "starts")
}

// There: South London Makerspace changed its system so that a membership lasts until midday of its end date (github.com/southlondonmakerspace/membership-system/pull/132, whose title says no more).
// Here: the last day counts in full: at breakfast, at midday and in its last second the member is in.
func TestSouthLondonMakerspace132UntilMidday(t *testing.T) {
	w, moveTo := inZone(t, "Europe/London", "2026-05-10T00:00:00+01:00")
	w.dated("ann", "2026-01-01", "2026-05-10")
	w.confirm()
	for _, hour := range []string{"00:00:00", "07:00:00", "12:00:01", "23:59:59"} {
		moveTo("2026-05-10T" + hour + "+01:00")
		w.sync(0)
		w.is(w.groups[0], "ann")
	}
	moveTo("2026-05-11T00:00:00+01:00")
	w.sync(0)
	w.is(w.groups[0])
}

// There: where the clocks go forward over a job's hour, node-cron skips it for that day, and where they go back it runs twice (github.com/kelektiv/node-cron/issues/563).
// Here: nothing hangs on the clock striking midnight: where that hour does not exist (Santiago, 7 September 2025) the day begins at its first instant, and every run looks at the day as it is.
func TestNodeCron563MidnightThatDoesNotExist(t *testing.T) {
	w, moveTo := inZone(t, "America/Santiago", "2025-09-07T03:59:59Z") // 23:59:59 on the 6th; a second later it is 01:00
	w.dated("ends", "2025-01-01", "2025-09-06")
	w.dated("starts", "2025-09-07", "")
	w.confirm()
	w.sync(0)
	w.is(w.groups[0], "ends")
	if next := w.rows()["starts"].NextChange; next == nil || !next.Equal(clockAt(t, "2025-09-07T04:00:00Z")) {
		t.Errorf("the start is shown at %v", next)
	}
	moveTo("2025-09-07T04:00:00Z")
	w.sync(0)
	w.is(w.groups[0], "starts")
}

// There: Rundeck skipped a critical job because its time, between 2 and 3 in the morning, did not exist on 14 March 2021 (github.com/rundeck/rundeck/issues/6879).
// Here: a run that was missed is made up for by the next one, whenever it comes: what ended and what began meanwhile is seen from the dates alone.
func TestRundeck6879JobSkippedOnTheDayOfTheChange(t *testing.T) {
	w, moveTo := inZone(t, "America/New_York", "2021-03-13T22:00:00-05:00")
	w.dated("ends", "2021-01-01", "2021-03-13")
	w.dated("starts", "2021-03-14", "")
	w.confirm()
	w.sync(0)
	w.is(w.groups[0], "ends")
	moveTo("2021-03-15T09:00:00-04:00") // the machine slept over the change, and a day longer
	w.sync(0)
	w.is(w.groups[0], "starts")
}

// There: a Xen Orchestra backup set to 2 in the morning ran twice when the clocks went forward (github.com/vatesfr/xen-orchestra/issues/4024).
// Here: a second run, also in an hour that comes twice (Amman had two midnights on 29 October 2021), finds nothing left to do and writes nothing.
func TestXenOrchestra4024JobRunsTwice(t *testing.T) {
	w, moveTo := inZone(t, "Asia/Amman", "2021-10-28T23:59:59+03:00")
	w.dated("ends", "2021-01-01", "2021-10-28")
	w.dated("starts", "2021-10-29", "")
	w.confirm()
	w.sync(0)
	w.is(w.groups[0], "ends")
	moveTo("2021-10-29T00:00:00+03:00")
	w.sync(0)
	w.is(w.groups[0], "starts")
	mark := len(w.kisi.Log())
	for _, again := range []string{"2021-10-29T00:59:59+03:00", "2021-10-29T00:00:00+02:00", "2021-10-29T00:30:00+02:00"} {
		moveTo(again)
		w.sync(0)
	}
	w.unchanged(mark)
}
