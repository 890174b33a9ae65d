/// As frases do capítulo que falam de pacotes.
const AFIRMACOES: &[Afirmacao] = &[];
