'use strict';

// O que a página ganha quando há JavaScript; sem ele, tudo se lê do mesmo jeito.

// O que rola para os lados recebe o foco, para que o teclado também o role.
(function() {
    const NOMES = [
        ['.table-wrapper', 'Tabela que rola para os lados'],
        ['pre > code', 'Código que rola para os lados'],
        ['.tela.colunas', 'Saída que rola para os lados'],
    ];

    // De que lados ainda há o que ver: o tema desbota esses lados.
    function lados(elemento) {
        const resta = elemento.scrollWidth - elemento.clientWidth - elemento.scrollLeft;
        const lados = [];
        if (elemento.scrollLeft > 1) {
            lados.push('esquerda');
        }
        if (resta > 1) {
            lados.push('direita');
        }
        if (lados.length > 0) {
            elemento.dataset.rola = lados.join(' ');
        } else {
            delete elemento.dataset.rola;
        }
    }

    function conferir(elemento, nome) {
        lados(elemento);
        if (elemento.scrollWidth > elemento.clientWidth) {
            elemento.setAttribute('tabindex', '0');
            elemento.setAttribute('role', 'group');
            elemento.setAttribute('aria-label', nome);
        } else {
            elemento.removeAttribute('tabindex');
            elemento.removeAttribute('role');
            elemento.removeAttribute('aria-label');
        }
    }

    document.addEventListener('DOMContentLoaded', () => {
        for (const [seletor, nome] of NOMES) {
            for (const elemento of document.querySelectorAll('main ' + seletor)) {
                conferir(elemento, nome);
                new ResizeObserver(() => conferir(elemento, nome)).observe(elemento);
                elemento.addEventListener('scroll', () => lados(elemento), { passive: true });
            }
        }
    });
})();

// Pular para o conteúdo move o foco sem trocar de endereço: a página 404, que tem
// uma base própria, levaria o leitor embora.
document.addEventListener('click', evento => {
    if (evento.target.matches && evento.target.matches('.pular')) {
        evento.preventDefault();
        const conteudo = document.getElementById('conteudo');
        conteudo.focus({ preventScroll: true });
        conteudo.scrollIntoView();
    }
});

// No papel ninguém abre as respostas: elas vão abertas, e voltam a ser como estavam.
(function() {
    let fechadas = [];
    window.addEventListener('beforeprint', () => {
        fechadas = [...document.querySelectorAll('main details:not([open])')];
        fechadas.forEach(resposta => {
            resposta.open = true;
        });
    });
    window.addEventListener('afterprint', () => {
        fechadas.forEach(resposta => {
            resposta.open = false;
        });
    });
})();
