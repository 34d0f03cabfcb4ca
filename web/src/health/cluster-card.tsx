// SPDX-License-Identifier: Apache-2.0
// The ring by datacentre, and what still works there at which consistency: a node that is down is not the question, what it takes along
// is.
import { useTranslation } from 'react-i18next'
import { type Cluster, kLevels, type Replication } from '../app/cluster'
import { useFormat } from '../app/hooks'
import { Card, Line } from './card'

export function ClusterCard({ cluster }: { cluster: Cluster }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nodes = cluster.datacentres.flatMap((dc) => dc.nodes)
  const up = nodes.filter((node) => node.up).length
  return (
    <Card title={t('health.cluster')} aside={<span className={up === nodes.length ? 'ok num' : 'bad num'}>{t('health.nodesUp', { up: format.int(up), all: format.int(nodes.length) })}</span>} name="cluster">
      {cluster.failure !== null && <p className="note bad">{cluster.failure}</p>}
      {cluster.staleReads && <p className="note bad">{t('health.loss.stale-reads')}</p>}
      <div className="datacentres">
        {cluster.datacentres.map((dc) => (
          <section key={dc.name} className="datacentre" aria-label={t('health.datacentre', { name: dc.name })} data-datacentre={dc.name}>
            <h3>{dc.name}{dc.home && <span className="flag">{t('health.home')}</span>}<span className="aside num">{dc.replicas === null ? '' : t('health.replicas', { count: dc.replicas, n: format.int(dc.replicas) })}</span></h3>
            <ul className="nodes">
              {dc.nodes.map((node) => (
                <li key={node.address} className={node.up ? 'node up' : 'node down'} data-node={node.address} data-up={node.up}>
                  <i aria-hidden="true">{node.up ? '✓' : '✕'}</i><b>{node.address}</b><span>{t(node.up ? 'health.nodeUp' : 'health.nodeDown')}</span>
                </li>
              ))}
            </ul>
            <table className="plain levels">
              <caption className="visually-hidden">{t('health.levels', { name: dc.name })}</caption>
              <tbody>
                {kLevels.map((level) => {
                  const works = dc.works[level]
                  return (
                    <tr key={level} data-level={level} data-works={String(works)}>
                      <th scope="row">{level.toUpperCase()}</th>
                      <td className={works === null ? '' : works ? 'ok' : 'bad'}>{works === null ? t('health.levelUnknown') : works ? `✓ ${t('health.levelWorks')}` : `✕ ${t('health.levelLost')}`}</td>
                    </tr>
                  )
                })}
              </tbody>
            </table>
          </section>
        ))}
      </div>
      <p className="note">{t('health.levelsNote')}</p>
    </Card>
  )
}

export function ReplicationCard({ replication }: { replication: Replication }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <Card title={t('health.replication')} aside={t(`health.copy.${replication.state}`)} name="replication">
      <dl className="lines-of">
        <Line name={t('health.replicationBacklog')} value={replication.lagEntries === null ? '–' : t('health.entries', { count: replication.lagEntries, n: format.int(replication.lagEntries) })} />
      </dl>
      {replication.rungs.length > 0 && (
        <table className="plain">
          <thead><tr><th scope="col">{t('health.rung')}</th><th scope="col">{t('health.rungState')}</th><th scope="col" className="end">{t('health.rungSucceeded')}</th><th scope="col" className="end">{t('health.rungFailed')}</th></tr></thead>
          <tbody>
            {replication.rungs.map((rung) => (
              <tr key={rung.name}><th scope="row">{rung.name.toUpperCase()}</th><td className={rung.open ? 'bad' : 'ok'}>{t(rung.open ? 'health.rungOpen' : 'health.rungClosed')}</td><td className="num end">{format.int(rung.succeeded)}</td><td className="num end">{format.int(rung.failed)}</td></tr>
            ))}
          </tbody>
        </table>
      )}
      {replication.failure !== null && <p className="note bad">{replication.failure}</p>}
    </Card>
  )
}
