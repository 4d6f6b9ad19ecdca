package access

// The most that a setting may ask for: numbers beyond these would switch the guard off.
const (
	mostCount      = 200
	mostPercent    = 50
	mostEmptyGroup = 50
)

// Bounded are the limits as they are in force, whatever a setting says: what is not set (0 or less) is the default,
// and what would switch the guard off is the most that still leaves one.
func (l Limits) Bounded() Limits {
	usual := DefaultLimits()
	return Limits{
		WeakCount:     bounded(l.WeakCount, usual.WeakCount, mostCount),
		WeakPercent:   bounded(l.WeakPercent, usual.WeakPercent, mostPercent),
		StrongCount:   bounded(l.StrongCount, usual.StrongCount, mostCount),
		StrongPercent: bounded(l.StrongPercent, usual.StrongPercent, mostPercent),
		EmptyGroup:    bounded(l.EmptyGroup, usual.EmptyGroup, mostEmptyGroup),
	}
}

func bounded(value, usual, most int) int {
	if value <= 0 {
		return usual
	}
	return min(value, most)
}
