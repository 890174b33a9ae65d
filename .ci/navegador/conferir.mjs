#!/usr/bin/env node
// Confere o livro pronto em um Chromium de verdade, por file:// e por http.
//
//     node .ci/navegador/conferir.mjs PASTA_DO_LIVRO [PASTA_DE_FOTOS]
//
// Mostra todos os problemas e sai com 1 se houver algum, 2 se não deu para conferir.

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { conferirCaixas, conferirComportamento, conferirLetraGrande, ESPERA } from './comportamento.mjs';
import { conferidorDeFiguras } from './figuras.mjs';
import { abrirNavegador, acharChromium, servir } from './navegador.mjs';
import { conferirPerguntas } from './perguntas.mjs';
import {
    acessibilidade, cenas, desenhos, foco, INGLES, ingles, ir, larguraDemais, novaAba, rolaveis, semScript, tema,
} from './pagina.mjs';

/** O tempo que a conferência inteira pode levar: dez vezes o de uma máquina comum. */
const PRAZO = Number(process.env.CONFERIR_PRAZO_S ?? 3600) * 1000;
/** O tempo que uma só resposta do navegador pode levar: a página de impressão é o livro inteiro, e o axe a lê de uma vez. */
const PRAZO_DE_UMA_RESPOSTA = 900_000;

const TELAS = [
    { nome: '1280 claro', largura: 1280, escuro: false },
    { nome: '1280 escuro', largura: 1280, escuro: true },
    { nome: '360 claro', largura: 360, altura: 740, escuro: false, toque: true },
    { nome: '360 escuro', largura: 360, altura: 740, escuro: true, toque: true },
];
const TELAS_SEM_SCRIPT = [TELAS[0], TELAS[3]];

function desistir(texto) {
    console.error(`conferir: ${texto}`);
    process.exit(2);
}

async function importar(nome) {
    try {
        return await import(nome);
    } catch {
        return desistir(`falta o pacote ${nome}; rode “npm ci” em .ci/navegador`);
    }
}

/** Os `.html` de `pasta`, separados em páginas e redirecionamentos. */
async function listar(pasta) {
    const todos = (await readdir(pasta, { recursive: true }))
        .filter(nome => nome.endsWith('.html'))
        .map(nome => nome.split(path.sep).join('/'))
        .sort();
    const textos = await Promise.all(todos.map(nome => readFile(path.join(pasta, nome), 'utf8')));
    const leva = texto => /<meta http-equiv="refresh"/.test(texto);
    return {
        paginas: todos.filter((nome, i) => nome !== '404.html' && !leva(textos[i])),
        redirecionamentos: todos.filter((nome, i) => leva(textos[i])),
        comCodigo: todos.find((nome, i) => !['print.html', '404.html'].includes(nome) && /<pre[^>]*><code/.test(textos[i])) ?? null,
        comPerguntas: todos.find((nome, i) => nome !== 'print.html' && (textos[i].match(/class="pergunta"/g) ?? []).length > 1) ?? null,
        // As que têm de tudo: cenas de mais de um terminal, figuras e listagens.
        comCenas: todos.filter((nome, i) => !['index.html', 'print.html', '404.html'].includes(nome)
            && /data-terminais="[23]"/.test(textos[i]) && /class="figura"/.test(textos[i]) && /class="listagem"/.test(textos[i])),
        comLigacoes: todos.filter((nome, i) => nome !== 'print.html' && /<svg role="group"/.test(textos[i])),
    };
}

async function conferir(pasta, fotos, chromium, puppeteer, axe) {
    // De cada frase, os lugares em que ela aparece: o mesmo defeito é dito uma vez só.
    const problemas = new Map();
    const anotar = (onde, frases) => frases.forEach(frase => {
        problemas.set(frase, (problemas.get(frase) ?? new Set()).add(onde));
    });
    const {
        paginas, redirecionamentos, comCodigo, comPerguntas, comCenas, comLigacoes,
    } = await listar(pasta);
    for (const obrigatoria of ['index.html', 'print.html', 'toc.html']) {
        if (!paginas.includes(obrigatoria)) {
            anotar(obrigatoria, ['não existe']);
        }
    }
    // As páginas do sumário existem, e as que existem estão no sumário.
    const noSumario = [...readFileSync(path.join(pasta, 'toc.html'), 'utf8').matchAll(/<a href="([^"#]+\.html)"/g)].map(partes => decodeURI(partes[1]));
    anotar('toc.html', noSumario.filter(nome => !paginas.includes(nome)).map(nome => `leva a ${nome}, que não existe`));
    anotar('toc.html', paginas.filter(nome => !['index.html', 'print.html', 'toc.html', ...noSumario].includes(nome)).map(nome => `não leva a ${nome}`));

    const figuras = conferidorDeFiguras();
    const { navegador, fechar } = await abrirNavegador(puppeteer, chromium, PRAZO_DE_UMA_RESPOSTA);
    const servidor = await servir(pasta);
    const local = `${pathToFileURL(pasta)}/`;
    const http = `${servidor.origem}/`;
    try {
        console.log(`telas ${TELAS.map(tela => tela.nome).join(', ')}…`);
        await Promise.all(TELAS.map(async tela => {
            const sessao = await novaAba(navegador, [local], tela);
            for (const pagina of paginas) {
                const onde = `${pagina} (${tela.nome})`;
                try {
                    await ir(sessao.aba, local + pagina);
                    if (pagina !== 'toc.html') {
                        anotar(onde, await tema(sessao.aba, tela.escuro ? 'escuro' : 'claro'));
                        anotar(onde, await rolaveis(sessao.aba));
                    }
                    anotar(onde, await larguraDemais(sessao.aba));
                    anotar(onde, await ingles(sessao.aba));
                    if (fotos && pagina !== 'print.html') {
                        const nome = `${pagina.replace(/[/.]/g, '-')}-${tela.nome.replace(' ', '-')}.png`;
                        await sessao.aba.screenshot({ path: path.join(fotos, nome), fullPage: true });
                    }
                    anotar(onde, await acessibilidade(sessao.aba, axe));
                    // A página de impressão repete as outras.
                    if (!['print.html', 'toc.html'].includes(pagina)) {
                        anotar(onde, await foco(sessao.aba));
                        anotar(onde, await cenas(sessao.aba));
                        if (tela === TELAS[0]) {
                            anotar(pagina, (await desenhos(sessao.aba)).flatMap(figuras.conferir));
                        }
                    }
                } catch (erro) {
                    anotar(onde, [`a verificação não chegou ao fim: ${erro.message.split('\n')[0]}`]);
                }
                anotar(onde, sessao.recolher());
            }
            await sessao.fechar();
        }));
        anotar('figuras.mjs', figuras.sobras());

        console.log('sem JavaScript…');
        await Promise.all(TELAS_SEM_SCRIPT.map(async tela => {
            const sessao = await novaAba(navegador, [local], { ...tela, semScript: true });
            for (const pagina of paginas) {
                const onde = `${pagina} (sem JavaScript, ${tela.nome})`;
                await ir(sessao.aba, local + pagina);
                anotar(onde, await semScript(sessao.aba));
                if (pagina !== 'toc.html') {
                    anotar(onde, await tema(sessao.aba, tela.escuro ? 'escuro' : 'claro'));
                    anotar(onde, await larguraDemais(sessao.aba));
                }
                anotar(onde, sessao.recolher());
            }
            await sessao.fechar();
        }));

        console.log('por http…');
        {
            const sessao = await novaAba(navegador, [http]);
            for (const pagina of paginas) {
                await ir(sessao.aba, http + pagina);
                anotar(`${pagina} (http)`, sessao.recolher());
            }
            await sessao.fechar();
        }
        for (const pagina of redirecionamentos) {
            const texto = await readFile(path.join(pasta, pagina), 'utf8');
            const fixo = texto.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<[^>]*>/g, ' ');
            if (!/<html lang="pt-BR"/.test(texto) || INGLES.test(fixo)) {
                anotar(pagina, ['o redirecionamento não está em português']);
            }
            const sessao = await novaAba(navegador, [http]);
            await ir(sessao.aba, http + pagina);
            const chegou = await sessao.aba.waitForFunction(
                partida => !location.pathname.endsWith(partida), { timeout: ESPERA }, `/${pagina}`,
            ).then(() => true, () => false);
            anotar(pagina, chegou ? [] : ['o redirecionamento não leva a lugar nenhum']);
            anotar(pagina, sessao.recolher());
            await sessao.fechar();
        }

        console.log('página 404…');
        for (const tela of TELAS) {
            const onde = `404 (${tela.nome})`;
            const sessao = await novaAba(navegador, [http], { ...tela, espera404: true });
            const resposta = await ir(sessao.aba, `${http}nao/existe`);
            if (resposta.status() !== 404) {
                anotar(onde, [`a resposta é ${resposta.status()}`]);
            }
            const { titulo, volta } = await sessao.aba.evaluate(() => ({
                titulo: document.title,
                volta: [...document.querySelectorAll('main a[href]')].map(link => new URL(link.href).pathname),
            }));
            if (!titulo.startsWith('Página não encontrada')) {
                anotar(onde, [`o título é “${titulo}”`]);
            }
            if (!volta.includes('/index.html')) {
                anotar(onde, ['não há um caminho de volta para a primeira página']);
            }
            anotar(onde, await ingles(sessao.aba));
            anotar(onde, await larguraDemais(sessao.aba));
            anotar(onde, await acessibilidade(sessao.aba, axe));
            anotar(onde, sessao.recolher().filter(frase => !/status of 404/.test(frase)));
            await sessao.fechar();
        }

        const prova = noSumario.find(nome => nome !== noSumario[0]) ?? 'index.html';
        for (const [nome, base] of [['file', local], ['http', http]]) {
            console.log(`comportamento por ${nome}…`);
            anotar(`comportamento em ${prova} (${nome})`, await conferirComportamento(navegador, base, prova, [base], comCodigo));
            anotar(`perguntas de ${comPerguntas} (${nome})`, comPerguntas === null
                ? ['nenhuma página tem perguntas']
                : await conferirPerguntas(navegador, base, comPerguntas, [base]));
            anotar(`letra grande (${nome})`, await conferirLetraGrande(navegador, base, comCenas, [base], axe));
            for (const pagina of comLigacoes) {
                anotar(`caixas de ${pagina} (${nome})`, await conferirCaixas(navegador, base, pagina, [base]));
            }
        }
    } finally {
        await servidor.fechar();
        await fechar();
    }
    return { problemas, paginas };
}

const [livro, fotos] = process.argv.slice(2);
if (!livro || process.argv.length > 4) {
    desistir('uso: node .ci/navegador/conferir.mjs PASTA_DO_LIVRO [PASTA_DE_FOTOS]');
}
const pasta = path.resolve(livro);
if (!existsSync(path.join(pasta, 'toc.html'))) {
    desistir(`não há um livro pronto em ${pasta}; monte-o com “cargo run -- construir --destino ${livro}”`);
}
const { default: puppeteer } = await importar('puppeteer-core');
const { default: axe } = await importar('axe-core');
const portugues = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('axe-core/locales/pt_BR.json'), 'utf8'));
const chromium = await acharChromium();
if (chromium === null) {
    desistir('falta o Chromium; instale-o ou diga onde ele está na variável CHROMIUM');
}
if (fotos) {
    await mkdir(fotos, { recursive: true });
}

// `exit` mata o navegador: veja abrirNavegador.
setTimeout(() => desistir(`o prazo de ${PRAZO / 1000} s acabou`), PRAZO).unref();
for (const sinal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(sinal, () => desistir(`interrompida por ${sinal}`));
}

const inicio = Date.now();
try {
    const { problemas, paginas } = await conferir(pasta, fotos && path.resolve(fotos), chromium, puppeteer, `${axe.source}\n;window.axe.configure({ locale: ${JSON.stringify(portugues)} });`);
    for (const [problema, lugares] of problemas) {
        console.error(`${problema}\n    em ${[...lugares].join('; ')}`);
    }
    const segundos = ((Date.now() - inicio) / 1000).toFixed(0);
    console.log(problemas.size === 0
        ? `${paginas.length} páginas conferidas em ${segundos} s: nenhum problema`
        : `${paginas.length} páginas conferidas em ${segundos} s: ${problemas.size} problemas`);
    process.exitCode = problemas.size === 0 ? 0 : 1;
} catch (erro) {
    desistir(`a conferência não chegou ao fim: ${erro.stack}`);
}
