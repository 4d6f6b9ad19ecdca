package reconcile

// CheckSteps are the titles of CheckMember's steps, in order, for a screen that shows which one is going on.
func CheckSteps() []string {
	titles := make([]string, 0, stepDifference)
	for number := stepGymflow; number <= stepDifference; number++ {
		titles = append(titles, stepTitle(number))
	}
	return titles
}
