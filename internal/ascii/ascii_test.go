package ascii

import "testing"

func TestNamesAreSpelledAsTheyAreSaid(t *testing.T) {
	for text, want := range map[string]string{
		"Plain name_1.2": "Plain name_1.2", "": "",
		"Été": "Ete", "E\u0301te\u0301": "Ete", "Straße": "Strasse", "Smørrebrød": "Smorrebrod", "Łódź": "Lodz",
		"İstanbul": "Istanbul", "ﬁlm": "film", "２０２６": "2026",
		"Φωτογραφίες": "Fotografies", "Μουσική": "Mousiki", "Θάλασσα": "Thalassa", "ΟΥΖΟ": "OUZO",
		"Щука и ёж": "Shchuka i ezh", "Объект": "Obekt", "Київ": "Kiiv", "Њива": "Njiva",
		"写真 2026": "写真 2026", "🎉": "🎉",
		"\xff a": "\ufffd a",
	} {
		if got := Spell(text); got != want {
			t.Errorf("%q is spelled %q, want %q", text, got, want)
		}
	}
}
