// As perguntas de cada capítulo: abrem-se sem JavaScript, e com ele o aparelho lembra.

import { ir, novaAba } from './pagina.mjs';

const CHAVE = 'sockets-perguntas';

const estado = aba => aba.evaluate(() => ({
    perguntas: [...document.querySelectorAll('.pergunta')].map(pergunta => ({
        nome: pergunta.dataset.pergunta,
        escolhas: [...pergunta.querySelectorAll(':scope > details')].map(escolha => ({
            aberta: escolha.open,
            certa: escolha.classList.contains('certa'),
            // A razão está à vista, e começa por dizer se é a certa.
            razao: escolha.open ? escolha.querySelector('p').innerText : '',
        })),
        lembrada: pergunta.querySelector('.lembrada')?.innerText ?? '',
    })),
    placar: (placar => (placar && !placar.hidden ? placar.innerText : ''))(document.querySelector('.placar')),
}));

const abrir = (aba, pergunta, escolha) => aba.evaluate((p, e) => {
    document.querySelectorAll('.pergunta')[p].querySelectorAll(':scope > details > summary')[e].click();
}, pergunta, escolha);

async function semScript(aba) {
    const antes = await estado(aba);
    await abrir(aba, 0, 0);
    const { escolhas } = (await estado(aba)).perguntas[0];
    const esperado = escolhas[0].certa ? 'Certo.' : 'Não.';
    return [
        [antes.perguntas.every(p => p.escolhas.every(e => !e.aberta)), 'há uma escolha já aberta'],
        [escolhas[0].aberta && escolhas[0].razao.startsWith(esperado), `abrir uma escolha não mostra “${esperado}” e a razão`],
    ];
}

async function comScript(aba, url) {
    const { perguntas } = await estado(aba);
    const certa = perguntas[0].escolhas.findIndex(escolha => escolha.certa);
    const errada = perguntas[1].escolhas.findIndex(escolha => !escolha.certa);
    await abrir(aba, 0, certa);
    await abrir(aba, 1, errada);
    // A segunda escolha que se abre não muda o que se lembra.
    await abrir(aba, 1, perguntas[1].escolhas.findIndex(escolha => escolha.certa));
    const agora = await estado(aba);
    await ir(aba, url);
    const depois = await estado(aba);
    const placar = `2 de ${perguntas.length} perguntas, e acertou 1 de primeira`;
    const falhas = [
        [agora.placar.includes(placar), `o placar diz “${agora.placar}”, e não “${placar}”`],
        [depois.placar.includes(placar), 'o placar se perde quando se volta à página'],
        [/acertou de primeira/.test(depois.perguntas[0].lembrada), 'não lembra que a primeira foi certa'],
        [/outra escolha/.test(depois.perguntas[1].lembrada), 'não lembra que a segunda foi errada'],
        [depois.perguntas.every(p => p.escolhas.every(e => !e.aberta)), 'volta com escolhas abertas, que dão a resposta'],
    ];
    await aba.evaluate(() => document.querySelector('.placar button').click());
    const esquecida = await estado(aba);
    const guardado = await aba.evaluate(chave => localStorage.getItem(chave), CHAVE);
    falhas.push([esquecida.placar === '' && guardado === '{}', `esquecer deixa “${esquecida.placar}” e ${guardado}`]);
    // O que está guardado pode ter sido estragado por outro programa.
    for (const estragado of ['{', '[1]', 'null', '{"x":"y"}', `{"${perguntas[0].nome}":99}`, `"${'a'.repeat(70_000)}"`]) {
        await aba.evaluate((chave, valor) => localStorage.setItem(chave, valor), CHAVE, estragado);
        await ir(aba, url);
        await abrir(aba, 0, certa);
        const { escolhas } = (await estado(aba)).perguntas[0];
        falhas.push([escolhas[certa].aberta, `com ${estragado.slice(0, 20)} guardado, a pergunta não se abre`]);
    }
    return falhas;
}

/** Confere as perguntas de `pagina`. Devolve frases. */
export async function conferirPerguntas(navegador, base, pagina, permitidos) {
    const problemas = [];
    for (const [nome, opcoes, parte] of [
        ['sem JavaScript', { semScript: true }, semScript],
        ['com JavaScript', {}, comScript],
    ]) {
        const sessao = await novaAba(navegador, permitidos, opcoes);
        try {
            await ir(sessao.aba, base + pagina);
            const falhas = await parte(sessao.aba, base + pagina);
            problemas.push(...falhas.filter(([certo]) => !certo).map(([, frase]) => `${nome}: ${frase}`));
        } catch (erro) {
            problemas.push(`${nome}: a verificação não chegou ao fim: ${erro.message.split('\n')[0]}`);
        } finally {
            problemas.push(...sessao.recolher().map(frase => `${nome}: ${frase}`));
            await sessao.fechar();
        }
    }
    return problemas;
}
