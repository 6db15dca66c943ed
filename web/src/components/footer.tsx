import { t } from '../i18n'
import { Link } from '../router'
import { HELP } from '../settings'

/** Help with phone, e-mail and hours on every page; the frieze above is the only ornament. */
export function Footer() {
  return (
    <footer class="footer">
      <div class="frieze" aria-hidden="true" />
      <div class="width footer__groups">
        <section aria-labelledby="help">
          <h2 class="footer__title" id="help" tabIndex={-1}>
            {t('footer.help')}
          </h2>
          <ul>
            <li>
              <a href={HELP.phoneHref}>
                {t('footer.phone')} {HELP.phone}
              </a>
            </li>
            <li>
              <a href={`mailto:${HELP.email}`}>{HELP.email}</a>
            </li>
            <li>{t('footer.hours')}</li>
          </ul>
        </section>
        <section aria-labelledby="about">
          <h2 class="footer__title" id="about">
            {t('footer.about')}
          </h2>
          <ul>
            <li>
              <Link to="/terms">{t('footer.terms')}</Link>
            </li>
            <li>
              <Link to="/#register">{t('footer.register')}</Link>
            </li>
            <li>
              <Link to="/card">{t('footer.card')}</Link>
            </li>
          </ul>
        </section>
        <section aria-labelledby="everyone">
          <h2 class="footer__title" id="everyone">
            {t('footer.everyone')}
          </h2>
          <ul>
            <li>
              <a href="/catalogue/index.json">{t('footer.data')}</a>
            </li>
            <li>
              <a href="/api/openapi.json">{t('footer.api')}</a>
            </li>
          </ul>
        </section>
      </div>
      <p class="width footer__note">{t('footer.note')}</p>
    </footer>
  )
}

export function StaffFooter() {
  return (
    <footer class="footer">
      <div class="frieze" aria-hidden="true" />
      <p class="width footer__note">
        {t('footer.help')}: <a href={HELP.phoneHref}>{HELP.phone}</a>, <a href={`mailto:${HELP.email}`}>{HELP.email}</a>. {t('footer.hours')}
      </p>
    </footer>
  )
}
