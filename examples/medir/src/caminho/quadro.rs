//! O que o emulador precisa ver em um quadro que vem de um socket de quadros com
//! `PACKET_VNET_HDR`: um `virtio_net_hdr`, e depois o quadro Ethernet.

use crate::rede::nucleo::anel::CABECALHO;

/// Onde o `virtio_net_hdr` diz que o quadro é um superpacote, a separar depois
/// (`gso_type`); zero, não é.
const SUPERPACOTE: usize = 1;

/// Onde fica o tipo do que o quadro leva, depois dos dois endereços Ethernet.
const TIPO: usize = CABECALHO + 12;

const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xdd];

/// Se o quadro leva um pacote IP. Os outros (o ARP) são da vizinhança do cabo, e não do
/// caminho.
#[must_use]
pub fn leva_ip(bytes: &[u8]) -> bool {
    let tipo = bytes.get(TIPO..TIPO + 2);
    tipo == Some(&IPV4) || tipo == Some(&IPV6)
}

/// Se o núcleo juntou vários segmentos neste quadro, que então é maior que a MTU.
#[must_use]
pub fn grande(bytes: &[u8]) -> bool {
    bytes.get(SUPERPACOTE).is_some_and(|&tipo| tipo != 0)
}

#[cfg(test)]
mod testes {
    use super::*;

    /// Um quadro que leva um pacote do tipo `tipo`.
    fn com_tipo(tipo: [u8; 2]) -> Vec<u8> {
        [&[0; TIPO][..], &tipo, &[0; 46]].concat()
    }

    #[test]
    fn so_o_ip_e_do_caminho() {
        assert!(leva_ip(&com_tipo([0x08, 0x00])));
        assert!(leva_ip(&com_tipo([0x86, 0xdd])));
        // O ARP, e uma etiqueta de VLAN.
        assert!(!leva_ip(&com_tipo([0x08, 0x06])));
        assert!(!leva_ip(&com_tipo([0x81, 0x00])));
        assert!(!leva_ip(&com_tipo([0x08, 0x00])[..=TIPO]));
        assert!(!leva_ip(&[]));
    }

    #[test]
    fn um_superpacote_se_diz_superpacote() {
        let mut quadro = com_tipo([0x08, 0x00]);
        assert!(!grande(&quadro));
        // `VIRTIO_NET_HDR_GSO_TCPV4`, no segundo byte.
        quadro[1] = 1;
        assert!(grande(&quadro));
        assert!(!grande(&[]));
    }
}
