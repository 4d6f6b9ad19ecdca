package access

// wording is what an admin reads about a reason.
type wording struct {
	label    string
	sentence string
	fix      string
}

// Reasons lists all reason codes in the order in which screens show them.
func Reasons() []Reason {
	return []Reason{
		MissedPayment, IsPaused, NotStarted, MissingPermission, NotIncluded, IsCancelled, IsExpired, NoMembership,
		IsBlocked, IsSuspended, NoEmail, SharedEmail, UnknownStatus, GroupGone, IsWaiting, IsHeld, Failed,
		Overridden, Stale,
	}
}

// Label is the short word for a column or a filter ("missed payment"); "" for "".
func (r Reason) Label() string { return r.wording().label }

// Sentence says to the admin what the reason means for a member.
func (r Reason) Sentence() string { return r.wording().sentence }

// Fix says what mends it; "" where nothing needs mending.
func (r Reason) Fix() string { return r.wording().fix }

func (r Reason) wording() wording {
	switch r {
	case MissedPayment, IsPaused, NotStarted, NotIncluded, IsCancelled, IsExpired, NoMembership, IsBlocked:
		return r.ruleWording()
	case "":
		return wording{}
	default:
		return r.stateWording()
	}
}

// ruleWording speaks about what Gymflow says of the member.
func (r Reason) ruleWording() wording {
	switch r {
	case MissedPayment:
		return wording{
			"missed payment",
			"An invoice of this member is overdue. Gymflow gives no access until it is paid, whatever else the member holds.",
			"In Gymflow, open the member and collect, credit or write off the overdue invoice. Access comes back by itself.",
		}
	case IsPaused:
		return wording{
			"paused",
			"The membership is paused.",
			"In Gymflow, open the membership and resume it, or wait for the day on which it resumes.",
		}
	case NotStarted:
		return wording{
			"not started",
			"The membership has not started yet.",
			"Wait for the start date, or move it in Gymflow.",
		}
	case NotIncluded:
		return wording{
			"not included",
			"What this member holds opens no door.",
			"This membership opens no door. Add it under Associations.",
		}
	case IsCancelled:
		return wording{
			"cancelled",
			"The membership was cancelled.",
			"Sell the member a new membership in Gymflow, if they are to come back.",
		}
	case IsExpired:
		return wording{
			"expired",
			"The membership has ended.",
			"Sell the member a new membership in Gymflow, or move the end date there.",
		}
	case NoMembership:
		return wording{
			"no membership",
			"This person has no membership in Gymflow.",
			"Sell a membership in Gymflow, if they are to have access.",
		}
	default:
		return wording{
			"blocked",
			"Staff blocked this member in Gymflow.",
			"Take the block off in Gymflow, on the member's profile.",
		}
	}
}

// stateWording speaks about Kisi, about kisiflow itself and about what cannot be decided.
func (r Reason) stateWording() wording {
	switch r {
	case MissingPermission:
		return wording{
			"missing permission",
			"The member has access, but their phone may not unlock: the app reports that something is switched off.",
			"Ask the member to sign in to the app, to allow Bluetooth and location, and to use their primary device (Gymflow can reset it).",
		}
	case IsSuspended:
		return wording{
			"suspended",
			"This person is suspended in Kisi and gets through no door.",
			"In Kisi, open the user and enable access. kisiflow never changes this by itself.",
		}
	case NoEmail:
		return wording{
			"no e-mail",
			"The member has no e-mail address, and Kisi knows people by theirs.",
			"Add an e-mail address to the member's profile in Gymflow.",
		}
	case SharedEmail:
		return wording{
			"shared e-mail",
			"Another member has the same e-mail address. Both are one person in Kisi and have what either of them deserves.",
			"Give each member an address of their own in Gymflow, if they are to have access of their own.",
		}
	case UnknownStatus:
		return wording{
			"unknown status",
			"kisiflow can't tell what Gymflow says about this member, so their access stays as it is.",
			"Look at the member's memberships in Gymflow, or decide yourself with an override.",
		}
	case GroupGone:
		return wording{
			"group gone",
			"The access group of this membership no longer exists in Kisi.",
			"Choose another access group under Associations.",
		}
	case Overridden:
		return wording{
			"override",
			"An admin decided this, outside the rules.",
			"Choose \"follow the rules\" on the member's page to end it.",
		}
	default:
		return r.runWording()
	}
}

// runWording speaks about what a run has not done, or not yet.
func (r Reason) runWording() wording {
	switch r {
	case IsWaiting:
		return wording{"waiting", "The change is planned and comes with the next run.", ""}
	case IsHeld:
		return wording{
			"held",
			"The access stays as it is until you decide.",
			"Look at it under Sync, and approve it there if it is right.",
		}
	case Failed:
		return wording{
			"failed",
			"The last change for this member did not succeed.",
			"Read the error under Sync and retry there.",
		}
	case Stale:
		return wording{
			"data too old",
			"The data is too old to act on, so the access stays as it is.",
			"Look under Sync which side can't be read, and bring it back.",
		}
	default:
		return wording{label: string(r), sentence: string(r)}
	}
}
