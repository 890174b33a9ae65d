//! Quanto se espera por cada coisa em TCP.

use std::time::Duration;

use super::super::presenca;

/// Os prazos, que são os da especificação, em [`Default`]. Só as provas, que não
/// podem demorar, usam outros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prazos {
    /// Uma tentativa de ligar.
    pub ligar: Duration,
    /// A primeira pausa entre duas tentativas; as seguintes dobram.
    pub pausa: Duration,
    /// A maior pausa.
    pub maior_pausa: Duration,
    /// O cumprimento inteiro, desde que a conexão se abre.
    pub cumprimento: Duration,
    /// Um quadro que começou e não acaba.
    pub quadro: Duration,
    /// Uma escrita que não anda, porque o outro não lê.
    pub escrita: Duration,
    /// A despedida, sem que nada mais chegue ou se confirme.
    pub despedida: Duration,
    /// Entre recusar uma conexão e fechá-la.
    pub fechar: Duration,
    /// Antes de aceitar outra vez, quando o sistema não tem com que atender.
    pub sem_recursos: Duration,
    /// Entre PINGs, e até desistir de quem não responde.
    pub presenca: presenca::Prazos,
}

impl Default for Prazos {
    fn default() -> Self {
        Self {
            ligar: Duration::from_secs(5),
            pausa: Duration::from_millis(200),
            maior_pausa: Duration::from_secs(5),
            cumprimento: Duration::from_secs(5),
            quadro: Duration::from_secs(10),
            escrita: Duration::from_secs(15),
            despedida: Duration::from_secs(5),
            fechar: Duration::from_secs(1),
            sem_recursos: Duration::from_secs(1),
            presenca: presenca::Prazos::TCP,
        }
    }
}
