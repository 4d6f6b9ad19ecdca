package line

import (
	"context"
	"strconv"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/words"
)

func (l *live) changeUnlocking(ctx context.Context) error {
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	kinds := []store.Unlocking{store.Managed, store.Invited}
	preset := 1
	if settings.Unlocking == store.Invited {
		preset = 2
	}
	number, err := l.pick(ctx, "How new people are added", []string{words.Unlocking(kinds[0]), words.Unlocking(kinds[1])}, 1, preset)
	if err != nil {
		return err
	}
	chosen := kinds[number-1]
	if chosen == store.Invited && settings.Unlocking != store.Invited {
		l.say("Kisi sends an e-mail to each person that is added from now on, which cannot be taken back. Those who are there already stay as they are.")
		sure, err := l.typed(ctx, "Type yes to invite new people from now on, Enter to leave it as it is", "yes")
		if err != nil || !sure {
			return orBack(err)
		}
	}
	return l.set("Members", func(settings *store.Settings) { settings.Unlocking = chosen },
		func(settings store.Settings) string { return words.Unlocking(settings.Unlocking) })
}

// orBack: who did not confirm went back.
func orBack(err error) error {
	if err == nil {
		return errBack
	}
	return err
}

func (l *live) changeRate(ctx context.Context) error {
	const least, most = 0.2, 5
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	l.say("How many requests to Kisi a second, at most? Fewer where other things use the same key.")
	for {
		text, err := l.choice(ctx, "Requests a second, from 0.2 to 5, Enter for "+words.Rate(settings.Rate))
		switch {
		case err != nil:
			return err
		case text == "":
			return errBack
		}
		rate, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil || rate < least || rate > most || rate != rate {
			l.sayf("%s is not a number from 0.2 to 5.", quoted(text))
			continue
		}
		return l.set("Requests", func(settings *store.Settings) { settings.Rate = rate },
			func(settings store.Settings) string { return words.Requests(settings.Rate) })
	}
}

func (l *live) changeGrace(ctx context.Context) error {
	const most = 60
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	l.say("For how many days after an invoice fell due does access stay? 0 as in Gymflow itself.")
	days, err := l.whole(ctx, "Days of grace", settings.GraceDays, 0, most)
	if err != nil {
		return err
	}
	return l.set("Grace", func(settings *store.Settings) { settings.GraceDays = days },
		func(settings store.Settings) string { return words.Grace(settings.GraceDays) })
}

func (l *live) changeStale(ctx context.Context) error {
	const most = 7 * 24
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	now := words.StaleHours(settings.StaleAfter)
	l.say("How old may Gymflow's data be before removals are held?")
	hours, err := l.whole(ctx, "Oldest data of Gymflow's, in hours", now, 1, most)
	if err != nil {
		return err
	}
	return l.set("Old data", func(settings *store.Settings) {
		if hours != now {
			settings.StaleAfter = time.Duration(hours) * time.Hour
		}
	}, func(settings store.Settings) string { return words.OldData(settings.StaleAfter) })
}

// largest are the guard's numbers that still leave a guard.
func largest() access.Limits {
	const beyond = 1 << 20
	return access.Limits{WeakCount: beyond, WeakPercent: beyond, StrongCount: beyond, StrongPercent: beyond, EmptyGroup: beyond}.Bounded()
}

func (l *live) changeStrong(ctx context.Context) error {
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	limits, most := settings.Limits.Bounded(), largest()
	l.say("Removals wait for you when they exceed both numbers: how many, and how many percent?")
	count, percent, err := l.pair(ctx, "Removals", limits.StrongCount, limits.StrongPercent, most.StrongCount, most.StrongPercent)
	if err != nil {
		return err
	}
	return l.set("Removals", func(settings *store.Settings) {
		settings.Limits = settings.Limits.Bounded()
		settings.Limits.StrongCount, settings.Limits.StrongPercent = count, percent
	}, func(settings store.Settings) string { return words.Removals(settings.Limits) })
}

func (l *live) changeWeak(ctx context.Context) error {
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	limits, most := settings.Limits.Bounded(), largest()
	l.say("Removals of members who are only missing wait for you when they exceed both numbers: how many, and how many percent?")
	count, percent, err := l.pair(ctx, "Removals of missing members", limits.WeakCount, limits.WeakPercent, most.WeakCount, most.WeakPercent)
	if err != nil {
		return err
	}
	return l.set("Missing", func(settings *store.Settings) {
		settings.Limits = settings.Limits.Bounded()
		settings.Limits.WeakCount, settings.Limits.WeakPercent = count, percent
	}, func(settings store.Settings) string { return words.Missing(settings.Limits) })
}

// pair asks for a count and a percentage, one after the other.
func (l *live) pair(ctx context.Context, what string, count, percent, mostCount, mostPercent int) (int, int, error) {
	count, err := l.whole(ctx, what+" wait when they are more than", count, 1, mostCount)
	if err == nil {
		percent, err = l.whole(ctx, what+" wait when they are also more than this percentage of kisiflow's access rights", percent, 1, mostPercent)
	}
	return count, percent, err
}

func (l *live) changeEmpty(ctx context.Context) error {
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	l.say("From how many of kisiflow's access rights on is a group not emptied unasked?")
	count, err := l.whole(ctx, "Access rights of kisiflow's in a group that is not emptied unasked", settings.Limits.Bounded().EmptyGroup, 1, largest().EmptyGroup)
	if err != nil {
		return err
	}
	return l.set("Last ones", func(settings *store.Settings) {
		settings.Limits = settings.Limits.Bounded()
		settings.Limits.EmptyGroup = count
	}, func(settings store.Settings) string { return words.LastOnes(settings.Limits) })
}
