package gymflowtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// spelled is a name and how it is written in an e-mail address.
type spelled struct{ name, ascii string }

// people are the names of one language.
type people struct {
	often       int
	first, last string // "Name" or "Name/ascii", parted by blanks; _ is a blank inside a name
}

// namesakes lists the languages that a gym in Dublin hears.
func namesakes() []people {
	return []people{
		{38, // Irish
			"Aoife Ciarán/ciaran Niamh Oisín/oisin Saoirse Cillian Siobhán/siobhan Darragh Caoimhe Fionn Róisín/roisin " +
				"Tadhg Orla Eoin Gráinne/grainne Conor Ann Seán/sean Áine/aine Ronan Clodagh Cormac Méabh/meabh Declan",
			"Murphy Kelly O'Brien/obrien Byrne Ryan O'Sullivan/osullivan Walsh Doyle McCarthy Gallagher Ó_Súilleabháin/osuilleabhain " +
				"Kennedy Lynch Quinn Nolan Brennan Ní_Dhomhnaill/nidhomhnaill Fitzgerald Daly Keane Whelan Hayes-Burke/hayes-burke"},
		{22, // English
			"Emma James Sophie Thomas Grace Jack Ellen Harry Lucy Oliver Amy Daniel Zoë/zoe Mark Hannah Ben Chloe Luke Jane Adam",
			"Lee Smith Taylor Brown Hughes Clarke Wilson Ward Carter-Jones/carter-jones Turner Hill Cooper Morris Bell Price " +
				"Richardson Cole Baker D'Arcy/darcy Featherstonehaugh-Cholmondeley/fc"},
		{10, // Polish
			"Agnieszka Paweł/pawel Katarzyna Łukasz/lukasz Małgorzata/malgorzata Tomasz Żaneta/zaneta Michał/michal Ola Wojciech",
			"Kowalski Nowak Wiśniewska/wisniewska Zieliński/zielinski Wójcik/wojcik Dąbrowska/dabrowska Łuczak/luczak Mazur"},
		{8, // Portuguese
			"João/joao Beatriz Thiago Conceição/conceicao Rafael Luísa/luisa Antônio/antonio Camila Marcos Inês/ines",
			"Silva Gonçalves/goncalves Araújo/araujo dos_Santos/dossantos Oliveira Ferrão/ferrao Souza de_Almeida/dealmeida"},
		{5, // accents from elsewhere
			"Jürgen/juergen Çağla/cagla Søren/soren Noëlle/noelle Dvořák/dvorak Şeyma/seyma Núria/nuria Bjørn/bjorn",
			"Müller/mueller Nuñez/nunez Åkesson/akesson Đorđević/dordevic Håkansson/hakansson Çelik/celik Sørensen/sorensen"},
		{4, // Chinese
			"伟/wei 秀英/xiuying 敏/min 浩然/haoran 丽/li 博/bo", "王/wang 李/li 张/zhang 刘/liu 陈/chen 欧阳/ouyang"},
		{3, // Arabic
			"محمد/mohammed فاطمة/fatima يوسف/yusuf ليلى/layla عمر/omar", "الحسن/alhasan خليل/khalil منصور/mansour النجار/alnajjar"},
		{4, // Hindi
			"प्रिया/priya अर्जुन/arjun दीपिका/deepika राहुल/rahul श्रुति/shruti", "शर्मा/sharma पटेल/patel सिंह/singh क्षत्रिय/kshatriya"},
		{3, // Korean
			"민준/minjun 서연/seoyeon 지훈/jihoon 하은/haeun", "김/kim 박/park 이/yi 최/choi"},
		{3, // Greek
			"Γιώργος/giorgos Ελένη/eleni Δημήτρης/dimitris Αθηνά/athina", "Παπαδόπουλος/papadopoulos Νικολάου/nikolaou Ιωάννου/ioannou"},
	}
}

// register hands out names and addresses.
type register struct {
	languages []weight[language]
	taken     map[string]int // address → how many came with it
	known     int
}

type language struct{ first, last []spelled }

func newRegister() *register {
	r := &register{taken: map[string]int{}}
	for _, people := range namesakes() {
		r.languages = append(r.languages, weight[language]{people.often, language{spell(people.first), spell(people.last)}})
	}
	return r
}

func spell(text string) []spelled {
	words := strings.Fields(text)
	names := make([]spelled, len(words))
	for i, word := range words {
		name, ascii, given := strings.Cut(word, "/")
		if !given {
			ascii = strings.ToLower(name)
		}
		names[i] = spelled{strings.ReplaceAll(name, "_", " "), ascii}
	}
	return names
}

// person gives a name and an address that nobody else has. family, when not empty, is the last
// name to share.
func (r *register) person(random *rand.Rand, family spelled) (first, last spelled, email string) {
	speaking := weighted(random, r.languages)
	first = speaking.first[random.IntN(len(speaking.first))]
	last = speaking.last[random.IntN(len(speaking.last))]
	r.known++
	if r.known == veryLong {
		first = spelled{"Maria Wilhelmina Philippa Bernadette", "maria"}
		last = spelled{"von Hohenberg-Sonnenschein y Fernández de Córdoba O'Shaughnessy", "hohenberg"}
	}
	if family.name != "" {
		last = family
	}
	address := first.ascii + "." + last.ascii
	r.taken[address]++
	if count := r.taken[address]; count > 1 {
		address = fmt.Sprintf("%s%d", address, count)
	}
	domains := []string{"example.com", "example.org", "example.net", "mail.example.com", "post.example.org"}
	return first, last, address + "@" + domains[random.IntN(len(domains))]
}

// veryLong is which person has the name that no column is wide enough for.
const veryLong = 9
