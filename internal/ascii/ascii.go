// Package ascii spells names in letters that every keyboard and every network
// has.
package ascii

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters are those that are no other letter with a mark, each with how it is
// spelled: of Latin alphabets, then Greek after ELOT 743, then Cyrillic after
// BGN/PCGN, where signs that are not heard fall away.
const letters = `
ß=ss æ=ae œ=oe ø=o đ=d ð=d þ=th ł=l ı=i ħ=h ŋ=ng ŧ=t
α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
а=a б=b в=v г=g д=d е=e ж=zh з=z и=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya
є=ye і=i ґ=g ђ=dj ј=j љ=lj њ=nj ћ=c џ=dz`

// Spell spells the Latin, Greek and Cyrillic letters of a text in ASCII: "Été"
// is Ete, "Φωτογραφίες" is Fotografies. Whatever else it has stays as it is.
func Spell(text string) string {
	spelled := map[rune]string{}
	for field := range strings.FieldsSeq(letters) {
		letter, as, _ := strings.Cut(field, "=")
		spelled[[]rune(letter)[0]] = as
	}
	var out strings.Builder
	var before rune
	for _, r := range norm.NFKD.String(text) {
		if unicode.Is(unicode.Mn, r) {
			continue // the mark of a letter, or of a syllable that is none of these
		}
		lower := unicode.ToLower(r)
		as, known := spelled[lower]
		if before == 'ο' && lower == 'υ' {
			as = "u"
		}
		before = lower
		switch {
		case !known:
			out.WriteRune(r)
		case unicode.IsUpper(r) && as != "":
			out.WriteString(strings.ToUpper(as[:1]) + as[1:])
		default:
			out.WriteString(as)
		}
	}
	return out.String()
}
